# Standdown from Terraform. Change the bucket, the region of Huawei Cloud and the addresses.

variable "bucket" {
  description = "The bucket that holds standdown/packaged.yaml."
  type        = string
}

data "aws_region" "current" {}

resource "aws_cloudformation_stack" "standdown" {
  name         = "standdown"
  template_url = "https://${var.bucket}.s3.${data.aws_region.current.name}.amazonaws.com/standdown/packaged.yaml"
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]

  parameters = {
    HuaweiRegion      = "cn-north-4"
    NotificationEmail = "ops@example.com"
    OperatorEmail     = "ops@example.com"
  }
}

resource "aws_ssm_parameter" "erp_prod" {
  name = "${aws_cloudformation_stack.standdown.outputs["ConfigPrefix"]}/targets/erp-prod"
  type = "String"
  value = jsonencode({
    server_group_id = "40df180b-9fe2-471a-8c64-1b758dc84189"
    sources         = ["queue", "direct"]
    mode            = "dry-run"
  })
}

output "request_queue_url" {
  value = aws_cloudformation_stack.standdown.outputs["RequestQueueUrl"]
}
