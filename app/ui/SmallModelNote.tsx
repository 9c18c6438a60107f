import styles from "./SmallModelNote.module.css";

/** Before rows of one's own go through the embedded model: what it can do, and what to do instead. */
export function SmallModelNote() {
  return (
    <p className={styles["note"]} role="note">
      <b>The embedded model knows two tasks only:</b> to analyze a user of a shop, and to extract email
      addresses. On other rows it writes nonsense, so no answer will be right; times and token counts are real
      all the same. For answers that count load a larger model from the catalog or connect a server, both in{" "}
      <a href="#/models">Models</a>.
    </p>
  );
}
