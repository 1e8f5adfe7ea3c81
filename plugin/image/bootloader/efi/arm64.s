// The EFI loader for arm64: what amd64.asm is for x86-64, step by step, with the same
// names; its comments say what and why. Beside its sources: UEFI 2.10, 2.3.6 (calls:
// arguments in x0, x1 and on, the result in x0; x19 to x28 are the callee's to keep).

        .set    CODE, 0x1000            // places, in memory and in the file
        .set    DATA, 0x2000
        .set    RELOC, 0x4000
        .set    END, 0x5000
        .set    PATH_SIZE, 1024

        .set    ST_CON_OUT, 64
        .set    ST_BOOT_SERVICES, 96
        .set    OUTPUT_STRING, 8
        .set    HANDLE_PROTOCOL, 152
        .set    LOAD_IMAGE, 200
        .set    START_IMAGE, 208
        .set    INSTALL_PROTOCOLS, 328
        .set    UNINSTALL_PROTOCOLS, 336
        .set    IMAGE_DEVICE, 24
        .set    IMAGE_OPTIONS_SIZE, 48
        .set    IMAGE_OPTIONS, 56
        .set    OPEN_VOLUME, 8
        .set    FILE_OPEN, 8
        .set    FILE_READ, 32
        .set    FILE_SET_POSITION, 56
        .set    FILE_MODE_READ, 1
        .set    ERROR, 0x8000000000000000
        .set    INVALID_PARAMETER, ERROR + 2
        .set    UNSUPPORTED, ERROR + 3
        .set    BUFFER_TOO_SMALL, ERROR + 5
        .set    DEVICE_ERROR, ERROR + 7
        .set    OUT_OF_RESOURCES, ERROR + 9

        .text
base:   .ascii  "MZ"
        .org    0x3c
        .word   pe - base
pe:     .ascii  "PE\0\0"
        .hword  0xaa64                  // arm64
        .hword  3
        .word   0, 0, 0
        .hword  sections - optional
        .hword  0x22
optional:
        .hword  0x20b
        .byte   0, 0
        .word   DATA - CODE, END - DATA, 0, CODE, CODE
        .quad   0
        .word   0x1000, 0x1000          // alignments in memory and in the file
        .hword  0, 0, 0, 0, 0, 0
        .word   0, END, CODE, 0
        .hword  10                      // EFI application
        .hword  0x100                   // no data is executed
        .quad   0, 0, 0, 0
        .word   0, 6
        .fill   5, 8, 0
        .word   RELOC, relocations_end - relocations
sections:
        .ascii  ".text\0\0\0"
        .word   code_end - start, CODE, DATA - CODE, CODE, 0, 0, 0, 0x60000020
        .ascii  ".data\0\0\0"
        .word   data_end - data, DATA, RELOC - DATA, DATA, 0, 0, 0, 0xc0000040
        .ascii  ".reloc\0\0"
        .word   relocations_end - relocations, RELOC, END - RELOC, RELOC, 0, 0, 0, 0x42000040
        .org    CODE

// call: calls what is at an offset in the table at a register.
        .macro  call table, offset
        ldr     x16, [\table, #\offset]
        blr     x16
        .endm

// x19: the boot services; x20: the device; x21: the text of a failure.
start:  stp     x29, x30, [sp, #-48]!
        stp     x19, x20, [sp, #16]
        str     x21, [sp, #32]
        mov     x29, sp
        adr     x9, image
        str     x0, [x9]
        adr     x9, system
        str     x1, [x9]
        ldr     x19, [x1, #ST_BOOT_SERVICES]

        adr     x1, loaded_image
        adr     x2, own
        call    x19, HANDLE_PROTOCOL
        adr     x21, no_volume
        tbnz    x0, #63, fail
        ldr     x9, own
        ldr     x20, [x9, #IMAGE_DEVICE]

        mov     x0, x20
        adr     x1, file_system
        adr     x2, volume
        call    x19, HANDLE_PROTOCOL
        tbnz    x0, #63, fail
        ldr     x0, volume
        adr     x1, root
        call    x0, OPEN_VOLUME
        tbnz    x0, #63, fail
        ldr     x0, root
        adr     x1, initramfs
        adr     x2, initramfs_name
        mov     x3, #FILE_MODE_READ
        mov     x4, #0
        call    x0, FILE_OPEN
        adr     x21, no_initramfs
        tbnz    x0, #63, fail

        mov     x0, x20
        adr     x1, device_path
        adr     x2, path
        call    x19, HANDLE_PROTOCOL
        adr     x21, no_volume
        tbnz    x0, #63, fail
        adr     x21, no_kernel
        bl      kernel_path
        cbnz    x0, fail

        adr     x9, load_file
        adr     x10, load_file_protocol
        str     x9, [x10]
        adr     x0, handle
        adr     x1, device_path
        adr     x2, initramfs_path
        adr     x3, load_file2
        adr     x4, load_file_protocol
        mov     x5, #0
        call    x19, INSTALL_PROTOCOLS
        tbnz    x0, #63, fail

        mov     x0, #0
        ldr     x1, image
        adr     x2, path_buffer
        mov     x3, #0
        mov     x4, #0
        adr     x5, kernel
        call    x19, LOAD_IMAGE
        tbnz    x0, #63, back
        ldr     x0, kernel
        adr     x1, loaded_image
        adr     x2, loaded
        call    x19, HANDLE_PROTOCOL
        tbnz    x0, #63, back
        ldr     x9, loaded
        ldr     w10, command_line_size
        str     w10, [x9, #IMAGE_OPTIONS_SIZE]
        adr     x10, command_line
        str     x10, [x9, #IMAGE_OPTIONS]

        ldr     x0, kernel
        mov     x1, #0
        mov     x2, #0
        call    x19, START_IMAGE
        adr     x21, not_started

back:   mov     x20, x0
        ldr     x0, handle
        adr     x1, device_path
        adr     x2, initramfs_path
        adr     x3, load_file2
        adr     x4, load_file_protocol
        mov     x5, #0
        call    x19, UNINSTALL_PROTOCOLS
        mov     x0, x20

fail:   mov     x20, x0
        adr     x1, name
        bl      print
        mov     x1, x21
        bl      print
        mov     x0, x20
        ldr     x21, [sp, #32]
        ldp     x19, x20, [sp, #16]
        ldp     x29, x30, [sp], #48
        ret

// print: shows the text at x1.
print:  ldr     x0, system
        ldr     x0, [x0, #ST_CON_OUT]
        ldr     x16, [x0, #OUTPUT_STRING]
        br      x16

// kernel_path: returns 0, or a status if the path is too long.
kernel_path:
        ldr     x9, path
        adr     x10, path_buffer
        mov     x11, #0                 // bytes copied
next:   ldrb    w12, [x9]
        cmp     w12, #0x7f
        b.eq    ended
        ldrh    w12, [x9, #2]
        add     x11, x11, x12
        cmp     x11, #PATH_SIZE - (kernel_node_end - kernel_node)
        b.hi    long
copy:   cbz     x12, next
        ldrb    w13, [x9], #1
        strb    w13, [x10], #1
        sub     x12, x12, #1
        b       copy
ended:  adr     x9, kernel_node
        mov     x12, #kernel_node_end - kernel_node
append: ldrb    w13, [x9], #1
        strb    w13, [x10], #1
        subs    x12, x12, #1
        b.ne    append
        mov     x0, #0
        ret
long:   ldr     x0, =OUT_OF_RESOURCES
        ret

// load_file: the protocol, the path, the policy, the size's place, the buffer.
load_file:
        ldr     x0, =UNSUPPORTED
        tst     w2, #0xff
        b.ne    done
        ldr     x0, =INVALID_PARAMETER
        cbz     x3, done
        ldr     x9, initramfs_size
        cbz     x4, small
        ldr     x10, [x3]
        cmp     x10, x9
        b.hs    read
small:  str     x9, [x3]
        ldr     x0, =BUFFER_TOO_SMALL
done:   ret
read:   str     x9, [x3]
        stp     x29, x30, [sp, #-32]!
        mov     x29, sp
        stp     x3, x4, [sp, #16]
        ldr     x0, initramfs
        mov     x1, #0
        call    x0, FILE_SET_POSITION
        tbnz    x0, #63, end
        ldr     x0, initramfs
        ldp     x1, x2, [sp, #16]
        call    x0, FILE_READ
        tbnz    x0, #63, end
        ldr     x1, [sp, #16]
        ldr     x1, [x1]
        ldr     x9, initramfs_size
        cmp     x1, x9
        b.eq    end
        ldr     x0, =DEVICE_ERROR
end:    ldp     x29, x30, [sp], #32
        ret
        .ltorg
code_end:

        .org    DATA
data:
initramfs_size:         .quad 0
command_line_size:      .word 0, 0
command_line:           .fill 2048, 2, 0

loaded_image:           .word 0x5b1b31a1
                        .hword 0x9562, 0x11d2
                        .byte 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b
file_system:            .word 0x964e5b22
                        .hword 0x6459, 0x11d2
                        .byte 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b
device_path:            .word 0x09576e91
                        .hword 0x6d3f, 0x11d2
                        .byte 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b
load_file2:             .word 0x4006c0c1
                        .hword 0xfcb3, 0x403e
                        .byte 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d

initramfs_path:         .byte 4, 3
                        .hword 20
                        .word 0x5568e427
                        .hword 0x68fc, 0x4f3d
                        .byte 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68
                        .byte 0x7f, 0xff
                        .hword 4
kernel_node:            .byte 4, 4
                        .hword path_end - kernel_node
                        .string16 "\\VMLINUZ"
path_end:               .byte 0x7f, 0xff
                        .hword 4
kernel_node_end:

initramfs_name: .string16 "\\INITRD.IMG"
name:           .string16 "scratchmachine: "
no_volume:      .string16 "the firmware does not tell where this is from\r\n"
no_initramfs:   .string16 "there is no \\INITRD.IMG beside this\r\n"
no_kernel:      .string16 "the firmware cannot load \\VMLINUZ\r\n"
not_started:    .string16 "the kernel did not start: does the machine have enough memory?\r\n"

        .balign 8
load_file_protocol:     .quad 0
image:                  .quad 0
system:                 .quad 0
own:                    .quad 0
volume:                 .quad 0
root:                   .quad 0
initramfs:              .quad 0
path:                   .quad 0
handle:                 .quad 0
kernel:                 .quad 0
loaded:                 .quad 0
path_buffer:            .fill PATH_SIZE, 1, 0
data_end:

        .org    RELOC
relocations:
        .word   CODE, relocations_end - relocations
        .hword  0, 0
relocations_end:
        .org    END
