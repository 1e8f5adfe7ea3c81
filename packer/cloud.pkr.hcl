# A machine's box in a registry that speaks Vagrant Cloud's protocol.
#
#   export VAGRANT_CLOUD_TOKEN=...
#   packer init packer/cloud.pkr.hcl
#   packer build -var kernel_dir=DIR -var box_tag=acme/hello -var version=1.2.0 packer/cloud.pkr.hcl

packer {
  required_version = ">= 1.11.0"
  required_plugins {
    scratchmachine = {
      version = ">= 0.1.0"
      source  = "github.com/scratchmachine/scratchmachine"
    }
    vagrant = {
      version = ">= 1.0.3"
      source  = "github.com/hashicorp/vagrant"
    }
  }
}

variable "kernel_dir" {
  type        = string
  description = "The folder that holds vmlinuz and any number of *.ko files."
}

variable "package" {
  type        = string
  default     = ""
  description = "Your program, a Go package to build. Without it: a demonstration."
}

variable "box_tag" {
  type        = string
  description = "The box's name in the registry, such as acme/hello."
}

variable "version" {
  type        = string
  description = "The box's version, such as 1.2.0."
}

variable "output" {
  type        = string
  default     = "output"
  description = "The folder for the box."
}

variable "cloud_url" {
  type        = string
  default     = "https://vagrantcloud.com/api/v1"
  description = "The registry's API."
}

# This source passes the files on, and gives the next post-processor the box's checksum.
source "scratchmachine-files" "machine" {
  files = ["${var.kernel_dir}/vmlinuz", "${var.kernel_dir}/config-*", "${var.kernel_dir}/*.ko*"]
}

build {
  sources = ["source.scratchmachine-files.machine"]

  post-processors {
    post-processor "scratchmachine" {
      package    = var.package
      output_box = "${var.output}/scratchmachine.box"
    }

    post-processor "vagrant-cloud" {
      box_tag           = var.box_tag
      version           = var.version
      vagrant_cloud_url = var.cloud_url
      box_checksum      = "sha256:${build.BoxSHA256}"
    }
  }
}
