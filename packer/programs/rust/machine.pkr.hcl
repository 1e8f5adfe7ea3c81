# A program in Rust. Build it first, for musl or with a static glibc:
#
#   rustc -O -C target-feature=+crt-static -o hello packer/programs/rust/hello.rs
#
#   packer build -var kernel=KERNEL -var program=hello packer/programs/rust

packer {
  required_version = ">= 1.11.0"
  required_plugins {
    scratchmachine = {
      version = ">= 0.1.0"
      source  = "github.com/scratchmachine/scratchmachine"
    }
  }
}

variable "kernel" {
  type        = string
  description = "The kernel: a vmlinuz, or whatever the option kernel takes."
}

variable "program" {
  type        = string
  description = "The program, built from hello.rs."
}

variable "output" {
  type        = string
  default     = "output"
  description = "The folder for the ISO image."
}

# Nothing is built here: the post-processor does the work.
source "null" "machine" {
  communicator = "none"
}

build {
  sources = ["source.null.machine"]

  post-processor "scratchmachine" {
    kernel     = var.kernel
    program    = var.program
    output_iso = "${var.output}/rust.iso"
  }
}
