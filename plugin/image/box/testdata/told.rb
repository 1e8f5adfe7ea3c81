# Loads the Vagrantfile of this folder with the real Vagrant, and says of each of
# its machines, as JSON, what is wrong with it, or what each provider is told.

require "vagrant"

Machine = Struct.new(:id, :config, :data_dir, :provider_config, :provider, :ui, keyword_init: true)
Provider = Struct.new(:driver)

# VBoxManage, as far as it goes.
class Driver
  attr_reader :said

  def initialize(firmware)
    @firmware = firmware
    @said = []
  end

  def execute_command(command)
    return "name=\"it\"\nfirmware=\"#{@firmware}\"\n" if command == %w[showvminfo ID --machinereadable]
    @said << command
    ""
  end
end

# VBoxManage of a machine for ARM.
class Arm < Driver
  def execute_command(*)
    "platformArchitecture=\"ARM\"\nfirmware=\"EFI\"\n"
  end
end

# vagrant-libvirt's configuration, likewise, and vagrant-qemu's.
Qemu = Struct.new(:extra_qemu_args)

class Libvirt
  attr_reader :said

  def qemuargs(value:)
    (@said ||= []) << value
  end
end

environment = Vagrant::Environment.new(cwd: Dir.pwd)
folder = Pathname.new(ENV.fetch("VAGRANT_DOTFILE_PATH"))

told = environment.machine_names.map do |name|
  config = environment.vagrantfile.machine_config(name, :virtualbox, environment.boxes, nil, false)[:config]
  driver = Driver.new(name == :efi ? "EFI" : "BIOS")
  machine = Machine.new(id: "ID", config: config, data_dir: folder, provider: Provider.new(driver), ui: Vagrant::UI::Silent.new)
  errors = config.validate(machine, true)
  machine.provider_config = config.vm.get_provider_config(:virtualbox)
  told = { errors: errors.values.flatten }
  begin
    ScratchMachineConfig.tell_virtualbox(machine)
    told[:virtualbox] = driver.said
  rescue ScratchMachineConfig::TooLong => e
    told[:errors] << e.message
  end
  machine.provider_config = Libvirt.new
  ScratchMachineConfig.tell_libvirt(machine)
  told[:libvirt] = machine.provider_config.said
  machine.provider_config = Qemu.new([])
  ScratchMachineConfig.tell_qemu(machine)
  told[:qemu] = machine.provider_config.extra_qemu_args
  machine.provider = Provider.new(Arm.new("EFI"))
  begin
    ScratchMachineConfig.tell_virtualbox(machine)
  rescue ScratchMachineConfig::CannotTell => e
    told[:arm] = e.message
  end
  [name, told]
end
puts JSON.generate(told.to_h)
