import { fileURLToPath } from "node:url";
import Docker from "dockerode";
import { describeWith } from "../../../testing/engines.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { driverContract } from "../driver-contract.ts";
import { labels } from "./container.ts";
import { createDockerDriver } from "./docker-driver.ts";

const installId = `test-${process.pid}`;
const sandboxImage = fileURLToPath(new URL("../../../../resources/sandbox-image", import.meta.url));
const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";

describeWith("docker", "the Docker driver", () => {
  driverContract({
    name: "docker",
    open: (other = installId) =>
      createDockerDriver({
        installId: other,
        files: { sandboxImage },
        baseImage: () => baseImage,
        clock: systemClock,
        logger: silentLogger(),
      }),
    sandboxesOutliveDriver: true,
    isConfined: true,
    leftovers: async (id) => {
      const docker = new Docker();
      const filters = { label: [`${labels.sandbox}=${id}`] };
      const containers = await docker.listContainers({ all: true, filters });
      const { Volumes } = await docker.listVolumes({ filters });
      return [...containers.map(({ Names }) => `container ${Names.join()}`), ...Volumes.map(({ Name }) => `volume ${Name}`)];
    },
  });
});
