// Stop a group with Huawei Cloud's core client for Node, which signs and asks IAM for the project; print what it saw.
"use strict";

const { BasicCredentials } = require("@huaweicloud/huaweicloud-sdk-core");
const { ClientBuilder } = require("@huaweicloud/huaweicloud-sdk-core/ClientBuilder");
const { Region } = require("@huaweicloud/huaweicloud-sdk-core/region/region");

const [url, ak, sk, region, group] = process.argv.slice(2);

class Sdrs {
  constructor(client) {
    this.client = client;
  }

  call(method, path, data) {
    return this.client.sendRequest({
      method,
      url: `/v1/{project_id}${path}`,
      contentType: "application/json",
      queryParams: {},
      pathParams: {},
      headers: {},
      data,
    });
  }
}

async function main() {
  const credential = new BasicCredentials().withAk(ak).withSk(sk).withIamEndpoint(url);
  const sdrs = new ClientBuilder((client) => new Sdrs(client))
    .withCredential(credential)
    .withRegion(new Region(region, url))
    .build();
  const before = await sdrs.call("GET", `/server-groups/${group}`);
  const stop = await sdrs.call("POST", `/server-groups/${group}/action`, { "stop-server-group": {} });
  const job = await sdrs.call("GET", `/jobs/${stop.job_id}`);
  const during = await sdrs.call("GET", `/server-groups/${group}`);
  const seen = { before: before.server_group.status, during: during.server_group.status, job: job.job_type };
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(`${error.stack || JSON.stringify(error)}\n`);
  process.exit(1);
});
