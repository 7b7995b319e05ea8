import { expect, test } from "vitest";
import { nearestFirst } from "../../../src/clients/kubernetes/nearest-names.ts";

test("a shared part of a long name counts more than its length", () => {
  const names = ["minikube", "gke_shop-prod_europe-west1_web", "gke_shop-prod_us-east1_batch", "kind-dev"];
  expect(nearestFirst("europe-west1", names)[0]).toBe("gke_shop-prod_europe-west1_web");
  expect(nearestFirst("minkube", names)[0]).toBe("minikube");
});

test("names that are equally far come in alphabetical order, and all are kept", () => {
  expect(nearestFirst("", ["c", "a", "b"])).toEqual(["a", "b", "c"]);
});
