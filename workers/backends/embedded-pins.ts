/** SHA-256 of the embedded models' files: `sha256sum public/models/<id>/*`. What differs is not loaded. */
export const embeddedPins = {
  "scope-2m-q4f16_1": {
    "mlc-chat-config.json": "4c2da92469919eecd62c59675fa4d4abeb6eaa8a9fb879d8b04d29bf6b472a62",
    "tensor-cache.json": "1b22934c265c600ccfc27ef25db98ad999a595176710be5a7c2c5c48563fd828",
    "tokenizer.json": "67350ae36175810597e269c116bbba9b452b9fe42eca1627a8c09bc8563c496a",
    "tokenizer_config.json": "7162227d9a11d667e4b7094498d1024ad48ab045d31590786109301a5b338a56",
    "params_shard_0.bin": "18f35b61a525a3c04193b9293e1fb6aba25d9ec66546f164cfcfe50fd6ec7051",
  },
  "scope-2m-q0f16": {
    "mlc-chat-config.json": "ed15b000adf8766a49fea3c8163dae60c10facc8b25656c54eeb57402ad8c490",
    "tensor-cache.json": "21472085d2a3867ea77d1f0bde0796e986d09b5e7b272ee4233ee270ca31597d",
    "tokenizer.json": "67350ae36175810597e269c116bbba9b452b9fe42eca1627a8c09bc8563c496a",
    "tokenizer_config.json": "7162227d9a11d667e4b7094498d1024ad48ab045d31590786109301a5b338a56",
    "params_shard_0.bin": "bc70972ae6dadd838af8176b2e808e8e2e296bd2174e6417d009c8928beff712",
  },
} as const;
