# Prometheus, and beside it a program that it scrapes. What it stores is on a data disk: give
# the machine a blank one.
#
#   packer build -var kernel=KERNEL packer/programs/prometheus

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
    kernel  = var.kernel
    package = "github.com/prometheus/prometheus/cmd/prometheus@v0.316.0"
    args = [
      "--config.file=/etc/prometheus/prometheus.yml",
      "--storage.tsdb.path=/data/prometheus",
    ]
    output_iso = "${var.output}/prometheus.iso"

    file {
      source      = "${path.root}/prometheus.yml"
      destination = "/etc/prometheus/prometheus.yml"
    }
    service {
      name    = "counter"
      package = "${path.root}/counter"
      check   = "tcp://127.0.0.1:9100"
      before  = ["app"]
    }
    data {
      format = true
    }
  }
}
