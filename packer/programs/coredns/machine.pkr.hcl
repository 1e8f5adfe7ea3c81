# CoreDNS with a zone of its own.
#
#   packer build -var kernel=KERNEL packer/programs/coredns

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
    package    = "github.com/coredns/coredns@v1.12.1"
    args       = ["-conf", "/etc/coredns/Corefile"]
    output_iso = "${var.output}/coredns.iso"

    file {
      source      = "${path.root}/Corefile"
      destination = "/etc/coredns/Corefile"
    }
    file {
      source      = "${path.root}/example.zone"
      destination = "/etc/coredns/example.zone"
    }
  }
}
