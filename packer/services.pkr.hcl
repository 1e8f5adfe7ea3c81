# A machine with several programs: a server, a migration that runs before it, a sidecar
# beside it and a backup now and then. What they store is on a data disk, if the machine
# has a blank one. See docs/services.md.
#
#   packer build -var kernel=KERNEL packer/services.pkr.hcl

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

variable "backup" {
  type        = string
  default     = "30 4 * * *"
  description = "When the backup runs: an interval such as 1h, or a line as in crontab(5)."
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
    output_iso = "${var.output}/services.iso"

    # The main program is the service app.
    package = "${path.root}/services"
    args    = ["serve"]

    service {
      name    = "migrate"
      package = "${path.root}/services"
      args    = ["migrate"]
      kind    = "oneshot"
      user    = "app"
      before  = ["app"]
    }
    service {
      name    = "metrics"
      package = "${path.root}/services"
      args    = ["metrics"]
      after   = ["app"]
      memory  = 24
    }
    service {
      name    = "backup"
      package = "${path.root}/services"
      args    = ["backup"]
      kind    = "timer"
      every   = var.backup
      user    = "app"
      after   = ["migrate"]
    }
    supervise {
      check = "http://127.0.0.1/"
    }
    data {
      format = true
    }
  }
}
