// The values of fields that are the same for every line of an origin.
import type { Origin } from "../record/log-line.ts";
import type { CoreField, FieldPlace, OriginField } from "./field-place.ts";

export function isOriginField(field: CoreField): field is OriginField {
  switch (field) {
    case "ts":
    case "level":
    case "message":
    case "stream":
    case "source":
    case "id":
      return false;
    default:
      return true;
  }
}

/** Undefined where it is not known. */
export function originValue(origin: Origin, field: OriginField): string | number | undefined {
  switch (field) {
    case "app":
      return appOf(origin);
    case "restart":
      // Elsewhere the number means nothing.
      return origin.pod === "" && origin.podUid === "" ? undefined : origin.restart;
    default:
      return origin[field] || undefined;
  }
}

/** What has the name beside the line: a core field, else a label, tag or annotation of the origin. */
export function valueBesideLine(
  origin: Origin,
  { core, path }: Extract<FieldPlace, { kind: "any" }>,
): string | number | undefined {
  const known = core === undefined || !isOriginField(core) ? undefined : originValue(origin, core);
  return known ?? own(origin.labels, path) ?? own(origin.tags, path) ?? own(origin.annotations, path);
}

export function own(values: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return values !== undefined && Object.hasOwn(values, key) ? values[key] : undefined;
}

function appOf({ labels, app, workload }: Origin): string | undefined {
  return (
    own(labels, "app.kubernetes.io/name") ||
    own(labels, "app") ||
    own(labels, "k8s-app") ||
    app ||
    workload.slice(workload.indexOf("/") + 1) ||
    undefined
  );
}
