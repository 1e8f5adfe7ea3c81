# A Go program with a SQLite database on a data disk: give the machine a blank one. The
# program is a module of its own, in this folder, so that the workspace of this repository must
# be left out.
#
#   GOWORK=off packer build -var kernel=KERNEL packer/programs/sqlite

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
    package    = path.root
    args       = ["/data/visits.db"]
    output_iso = "${var.output}/sqlite.iso"

    data {
      format = true
    }
  }
}
