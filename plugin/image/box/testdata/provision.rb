# Loads the Vagrantfile of this folder with the real Vagrant, and runs the provisioner of
# each of its machines. Says as JSON what is wrong with it, or what became of that.

require "vagrant"

class Words < Vagrant::UI::Silent
  attr_reader :said

  def detail(text, **)
    (@said ||= []) << text
  end
end

Machine = Struct.new(:env, :ssh_info, :ui, :config, :provider_config, keyword_init: true)
Environment = Struct.new(:root_path)

environment = Vagrant::Environment.new(cwd: Dir.pwd)
ssh = { host: "127.0.0.1", port: 2200, username: "root", private_key_path: ["/one/key", "/another key"] }

told = environment.machine_names.map do |name|
  config = environment.vagrantfile.machine_config(name, :virtualbox, environment.boxes, nil, false)[:config]
  ui = Words.new
  machine = Machine.new(env: Environment.new(Pathname.new(Dir.pwd)), ssh_info: ssh, ui: ui, config: config)
  errors = config.validate(machine, true).values.flatten
  if errors.empty?
    provisioner = config.vm.provisioners.first
    begin
      Vagrant.plugin("2").manager.provisioners[provisioner.type]
        .new(machine, provisioner.config).provision
    rescue Vagrant::Errors::VagrantError => e
      errors << e.message
    end
  end
  [name, { errors: errors, run: config.vm.provisioners.first.run, said: ui.said }]
end
puts JSON.generate(told.to_h)
