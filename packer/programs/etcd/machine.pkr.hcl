# One etcd, whose data is on a data disk: give the machine a blank one. It tells by sd_notify(3)
# when it is ready. With a key of yours there is SSH. The program is a module of its own, in this
# folder, so that the workspace of this repository must be left out.
#
#   GOWORK=off packer build -var kernel=KERNEL packer/programs/etcd

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

variable "ssh_keys" {
  type        = list(string)
  default     = []
  description = "The public keys of those who may log in."
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
    kernel  = var.kernel
    package = path.root
    args = [
      "--data-dir=/data/etcd",
      "--listen-client-urls=http://0.0.0.0:2379",
      "--advertise-client-urls=http://localhost:2379",
    ]
    output_iso = "${var.output}/etcd.iso"

    data {
      format = true
    }
    supervise {
      check = "notify"
    }
    ssh {
      enabled         = length(var.ssh_keys) > 0
      authorized_keys = var.ssh_keys
    }
  }
}
