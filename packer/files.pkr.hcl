# A machine from files: a folder with a kernel (vmlinuz), its modules (*.ko) and,
# if you have it, its configuration (config-*), which the build then checks.
#
#   packer build -var kernel_dir=DIR packer/files.pkr.hcl
#   packer build -var kernel_dir=DIR -var package=./cmd/hello packer/files.pkr.hcl

packer {
  required_version = ">= 1.11.0"
  required_plugins {
    scratchmachine = {
      version = ">= 0.1.0"
      source  = "github.com/scratchmachine/scratchmachine"
    }
  }
}

variable "kernel_dir" {
  type        = string
  description = "The folder that holds vmlinuz and any number of *.ko files."
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

variable "ssh" {
  type        = bool
  default     = false
  description = "Whether the machine has SSH, for `vagrant ssh`."
}

variable "output" {
  type        = string
  default     = "output"
  description = "The folder for the ISO image and the box."
}

# Nothing is built here: the post-processors do the work.
source "null" "machine" {
  communicator = "none"
}

build {
  sources = ["source.null.machine"]

  post-processors {
    post-processor "artifice" {
      files = ["${var.kernel_dir}/vmlinuz", "${var.kernel_dir}/config-*", "${var.kernel_dir}/*.ko*"]
    }

    post-processor "scratchmachine" {
      program    = var.program
      package    = var.package
      output_iso = "${var.output}/scratchmachine.iso"
      output_box = "${var.output}/scratchmachine.box"
      providers  = var.providers
      ssh {
        enabled = var.ssh
      }
    }
  }
}
