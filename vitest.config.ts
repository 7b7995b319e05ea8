import { defineConfig } from "vitest/config";

const shared = { isolate: false, pool: "forks" as const };

export default defineConfig({
  test: {
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text-summary", "html"] },
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          setupFiles: ["test/support/property-seed.ts"],
          include: ["test/**/*.test.ts"],
          exclude: ["test/real/**"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: "real",
          include: ["test/real/**/*.test.ts"],
          globalSetup: ["test/real/support/global-setup.ts"],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 1_800_000,
        },
      },
    ],
  },
});
