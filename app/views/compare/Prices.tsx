import { useServices, useSettings } from "../../store/services.tsx";
import { defaultPrices, priceLimits } from "../../store/settings-store.ts";
import { Button } from "../../ui/Button.tsx";
import { FieldGrid, NumberField } from "../../ui/Fields.tsx";
import { Fold } from "../../ui/layout.tsx";

const fields = [
  { key: "inputPerMillion", label: "Input, $ per million" },
  { key: "cachedInputPerMillion", label: "Cached input, $ per million" },
  { key: "outputPerMillion", label: "Output, $ per million" },
] as const;

/** What tokens cost. A change reprices what was measured; nothing runs again. */
export function Prices() {
  const { settings } = useServices();
  const prices = useSettings((state) => state.prices);
  return (
    <Fold
      summary={`Prices per million tokens: $${prices.inputPerMillion} input, $${prices.cachedInputPerMillion} cached, $${prices.outputPerMillion} output`}
    >
      <FieldGrid>
        {fields.map(({ key, label }) => (
          <NumberField
            key={key}
            label={label}
            value={prices[key]}
            {...priceLimits}
            onChange={(value) => settings.setState({ prices: { ...prices, [key]: value } })}
          />
        ))}
      </FieldGrid>
      <p>
        <Button size="small" onClick={() => settings.setState({ prices: defaultPrices })}>
          The guide's example prices
        </Button>
      </p>
    </Fold>
  );
}
