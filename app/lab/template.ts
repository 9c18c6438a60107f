export type TemplateValues = Readonly<Record<string, string | number>>;

/** Replaces each `{{name}}` by its value; throws on a name that has none. */
export function fill(template: string, values: TemplateValues): string {
  return template.replace(/\{\{([\w.-]+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template wants {{${name}}}, which has no value`);
    return String(value);
  });
}
