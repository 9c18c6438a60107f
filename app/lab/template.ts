export type TemplateValues = Readonly<Record<string, string | number>>;

/** Replaces each `{{name}}` by its value; throws on a name that has none. */
export function fill(template: string, values: TemplateValues): string {
  return template.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`the template wants {{${name}}}, which has no value`);
    return String(value);
  });
}
