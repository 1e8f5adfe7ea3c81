# A machine with the kernel of an Alpine Linux guest: Packer boots Alpine's own
# image in QEMU, installs the kernel there and copies it out. Use it for kernels
# that are in no repository, and change the commands in the guest to get yours. For
# Alpine's own kernel, alpine.pkr.hcl needs no guest and only seconds.
#
#   packer init packer/alpine-vm.pkr.hcl
#   packer build packer/alpine-vm.pkr.hcl
#   packer build -var package=./cmd/hello packer/alpine-vm.pkr.hcl

packer {
  required_version = ">= 1.11.0"
  required_plugins {
    qemu = {
      version = ">= 1.1.0"
      source  = "github.com/hashicorp/qemu"
    }
    scratchmachine = {
      version = ">= 0.1.0"
      source  = "github.com/scratchmachine/scratchmachine"
    }
  }
}

variable "release" {
  type        = string
  default     = "3.24.2"
  description = "The release of Alpine Linux."
}

variable "flavor" {
  type        = string
  default     = "virt"
  description = "The kernel: virt or lts."
}

variable "mirror" {
  type        = string
  default     = "https://dl-cdn.alpinelinux.org/alpine"
  description = "Where Alpine's branches are."
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

variable "output" {
  type        = string
  default     = "output"
  description = "The folder for the kernel, the ISO image and the box."
}

locals {
  branch = "${var.mirror}/v${join(".", slice(split(".", var.release), 0, 2))}"
  iso    = "${local.branch}/releases/x86_64/alpine-virt-${var.release}-x86_64.iso"
}

source "qemu" "alpine" {
  iso_url          = local.iso
  iso_checksum     = "file:${local.iso}.sha256"
  output_directory = "${var.output}/guest"
  disk_size        = "64M" # not used: the image runs in memory
  memory           = 1024
  headless         = true

  # The guest lives for some minutes, behind QEMU's NAT.
  communicator     = "ssh"
  ssh_username     = "root"
  ssh_password     = "scratchmachine"
  ssh_timeout      = "10m"
  shutdown_command = "poweroff"

  boot_wait = "40s"
  boot_command = [
    "root<enter><wait2>",
    "ip link set eth0 up && udhcpc -i eth0<enter><wait10>",
    "echo ${local.branch}/main > /etc/apk/repositories<enter><wait>",
    "apk add --update-cache openssh<enter><wait20>",
    "echo PermitRootLogin yes >> /etc/ssh/sshd_config<enter><wait>",
    "echo root:scratchmachine | chpasswd<enter><wait>",
    "rc-service sshd start<enter>",
  ]
}

build {
  sources = ["source.qemu.alpine"]

  # Use a separate folder: the running system's modules are read-only.
  provisioner "shell" {
    inline = [
      "mkdir -p /install/etc/apk /kernel/lib",
      "cp -r /etc/apk/keys /etc/apk/repositories /install/etc/apk",
      "apk add --root /install --initdb --no-scripts linux-${var.flavor}",
      "mv /install/boot /kernel/boot",
      "mv /install/lib/modules /kernel/lib/modules",
    ]
  }

  provisioner "file" {
    direction   = "download"
    source      = "/kernel/" # a folder: it is copied with its name
    destination = "${var.output}/"
  }

  post-processors {
    # Only the kernel is needed from here on; the guest's disk is deleted.
    post-processor "artifice" {
      files               = ["${var.output}/kernel/boot/vmlinuz-${var.flavor}"]
      keep_input_artifact = false
    }

    post-processor "scratchmachine" {
      kernel     = "${var.output}/kernel"
      program    = var.program
      package    = var.package
      output_iso = "${var.output}/scratchmachine.iso"
      output_box = "${var.output}/scratchmachine.box"
    }
  }
}
