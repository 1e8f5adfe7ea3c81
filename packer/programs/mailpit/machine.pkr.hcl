# Mailpit takes mail on port 1025 and shows it on port 8025. The mail is on a data disk: give
# the machine a blank one.
#
#   packer build -var kernel=KERNEL packer/programs/mailpit

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
    package    = "github.com/axllent/mailpit@v1.33.1"
    args       = ["--database", "/data/mailpit.db"]
    output_iso = "${var.output}/mailpit.iso"

    data {
      format = true
    }
    supervise {
      check = "http://127.0.0.1:8025/readyz"
    }
  }
}
