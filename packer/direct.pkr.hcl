# A machine that starts without a boot loader, on x86_64 or arm64: a kernel and an
# initramfs, for QEMU, libvirt, Firecracker or PXE. It is made from a folder with a
# kernel (vmlinuz), its modules (*.ko) and, if you have it, its configuration
# (config-*).
#
#   packer build -var kernel_dir=DIR packer/direct.pkr.hcl
#   packer build -var kernel_dir=DIR -var package=./cmd/hello packer/direct.pkr.hcl

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

variable "box" {
  type        = bool
  default     = false
  description = "Whether to make a box too. It boots by UEFI."
}

variable "providers" {
  type        = list(string)
  default     = ["libvirt"]
  description = "The provider that the box is for: libvirt, virtualbox or vmware_desktop."
}

variable "output" {
  type        = string
  default     = "output"
  description = "The folder for the outputs."
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
      program          = var.program
      package          = var.package
      output_kernel    = "${var.output}/scratchmachine.vmlinuz"
      output_initramfs = "${var.output}/scratchmachine.initramfs"
      output_box       = var.box ? "${var.output}/scratchmachine.box" : null
      providers        = var.box ? var.providers : null
    }
  }
}
