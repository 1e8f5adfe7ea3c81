# A machine's box in HCP Vagrant Registry, where `vagrant up` finds it by name.
#
#   export HCP_CLIENT_ID=... HCP_CLIENT_SECRET=...
#   packer init packer/registry.pkr.hcl
#   packer build -var kernel_dir=DIR -var box_tag=acme/hello -var version=1.2.0 packer/registry.pkr.hcl

packer {
  required_version = ">= 1.11.0"
  required_plugins {
    scratchmachine = {
      version = ">= 0.1.0"
      source  = "github.com/scratchmachine/scratchmachine"
    }
    vagrant = {
      version = ">= 1.1.5"
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

    post-processor "vagrant-registry" {
      box_tag      = var.box_tag
      version      = var.version
      box_checksum = "sha256:${build.BoxSHA256}"
    }
  }
}
