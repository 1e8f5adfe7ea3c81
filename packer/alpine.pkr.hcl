# A machine with Alpine Linux's kernel, downloaded from a mirror and verified.
#
#   packer init packer/alpine.pkr.hcl
#   packer build packer/alpine.pkr.hcl
#   packer build -var package=./cmd/hello packer/alpine.pkr.hcl

packer {
  required_version = ">= 1.11.0"
  required_plugins {
    scratchmachine = {
      version = ">= 0.1.0"
      source  = "github.com/scratchmachine/scratchmachine"
    }
  }
}

variable "branch" {
  type        = string
  default     = "latest-stable"
  description = "The branch of Alpine Linux, such as v3.24."
}

variable "flavor" {
  type        = string
  default     = "virt"
  description = "The kernel: virt or lts."
}

variable "mirror" {
  type        = string
  default     = "https://dl-cdn.alpinelinux.org/alpine"
  description = "Where Alpine's branches are. It need not be trusted."
}

variable "keys" {
  type        = list(string)
  default     = []
  description = "Public keys to trust instead of Alpine's."
}

variable "program" {
  type        = string
  default     = ""
  description = "Your program, a static Linux ELF file. Without program and package: a demonstration."
}

variable "package" {
  type        = string
  default     = ""
  description = "Your program, a Go package to build."
}

variable "providers" {
  type        = list(string)
  default     = ["virtualbox"]
  description = "The provider that the box is for: virtualbox or libvirt."
}

variable "output" {
  type        = string
  default     = "output"
  description = "The folder for the ISO image and the box."
}

data "scratchmachine-alpine" "kernel" {
  branch = var.branch
  flavor = var.flavor
  mirror = var.mirror
  keys   = var.keys
}

# Nothing is built here: the post-processor does the work.
source "null" "machine" {
  communicator = "none"
}

build {
  sources = ["source.null.machine"]

  post-processor "scratchmachine" {
    kernel        = data.scratchmachine-alpine.kernel.kernel
    kernel_config = data.scratchmachine-alpine.kernel.kernel_config
    modules       = data.scratchmachine-alpine.kernel.modules

    program    = var.program
    package    = var.package
    output_iso = "${var.output}/scratchmachine.iso"
    output_box = "${var.output}/scratchmachine.box"
    providers  = var.providers
  }
}
