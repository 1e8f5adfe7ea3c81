; The EFI loader: an application that UEFI firmware starts from the EFI system
; partition, where the kernel and the initramfs are beside it. It has the firmware
; load the kernel, which is an EFI application as well, gives it the command line,
; and hands out the initramfs when the kernel asks for it.
;
; It is no unified kernel image, whose sections hold the two: of such the firmware
; keeps a copy in memory, beside the kernel and the initramfs that it makes of it.
;
; Sources: UEFI Specification 2.10 (the chapter numbers below); Microsoft's PE
; Format; the kernel's Documentation/admin-guide/efi-stub.rst and, for how it asks
; for the initramfs, Documentation/arch/x86/boot.rst, "EFI Handover Protocol", and
; drivers/firmware/efi/libstub/efi-stub-helper.c, efi_load_initrd_dev_path.

bits 64
default rel

%define SECTION       0x1000            ; sections' alignment in memory
%define CODE_AT       0x200             ; their places in the file
%define DATA_AT       0x600
%define RELOC_AT      0x1c00
%define CODE          0x1000            ; and in memory
%define DATA          0x2000
%define RELOC         0x4000
%define PATH_SIZE     1024              ; for the kernel's device path

; Offsets in the firmware's tables, and what it answers (4.3, 4.4, 9.1, 13.4,
; 13.5, appendix D).
%define ST_CON_OUT            64
%define ST_BOOT_SERVICES      96
%define OUTPUT_STRING         8
%define HANDLE_PROTOCOL       152
%define LOAD_IMAGE            200
%define START_IMAGE           208
%define INSTALL_PROTOCOLS     328
%define UNINSTALL_PROTOCOLS   336
%define IMAGE_DEVICE          24
%define IMAGE_OPTIONS_SIZE    48
%define IMAGE_OPTIONS         56
%define OPEN_VOLUME           8
%define FILE_OPEN             8
%define FILE_READ             32
%define FILE_SET_POSITION     56
%define FILE_MODE_READ        1
%define ERROR                 0x8000000000000000
%define INVALID_PARAMETER     (ERROR + 2)
%define UNSUPPORTED           (ERROR + 3)
%define BUFFER_TOO_SMALL      (ERROR + 5)
%define DEVICE_ERROR          (ERROR + 7)
%define OUT_OF_RESOURCES      (ERROR + 9)

section .head start=0 vstart=0
        db      "MZ"
        times 0x3c - ($ - $$) db 0
        dd      pe
pe:     db      "PE", 0, 0
        dw      0x8664                  ; x86-64
        dw      3                       ; sections
        dd      0, 0, 0                 ; no time, no symbols
        dw      sections - optional
        dw      0x22                    ; executable, anywhere in memory
optional:
        dw      0x20b                   ; PE32+
        db      0, 0
        dd      DATA_AT - CODE_AT       ; code
        dd      RELOC_AT - DATA_AT      ; data
        dd      0
        dd      start
        dd      CODE
        dq      0                       ; preferred address: none
        dd      SECTION, 0x200          ; alignments in memory and in the file
        dw      0, 0, 0, 0, 0, 0
        dd      0
        dd      RELOC + SECTION         ; all in memory
        dd      CODE_AT                 ; headers
        dd      0
        dw      10                      ; EFI application
        dw      0x100                   ; no data is executed
        dq      0, 0, 0, 0              ; stack and heap: the firmware's
        dd      0
        dd      6                       ; directories, of which the last is
        times 5 dq 0
        dd      RELOC, relocations.end - relocations
sections:
        db      ".text", 0, 0, 0
        dd      code_end - CODE, CODE, DATA_AT - CODE_AT, CODE_AT, 0, 0, 0, 0x60000020
        db      ".data", 0, 0, 0
        dd      data_end - DATA, DATA, RELOC_AT - DATA_AT, DATA_AT, 0, 0, 0, 0xc0000040
        db      ".reloc", 0, 0
        dd      relocations.end - relocations, RELOC, 0x200, RELOC_AT, 0, 0, 0, 0x42000040
        times CODE_AT - ($ - $$) db 0

section .text start=CODE_AT vstart=CODE
; start: the firmware calls it with its image's handle in rcx and the system table
; in rdx (7.4.1), by the calling convention of 2.3.4: arguments in rcx, rdx, r8, r9
; and from rsp + 32 on. It returns a status in rax when the kernel did not start.
start:
        push    rbx
        push    rsi
        push    rdi
        sub     rsp, 48
        mov     [image], rcx
        mov     [system], rdx
        mov     rbx, [rdx + ST_BOOT_SERVICES]

; Which volume is this from?
        lea     rdx, [loaded_image]
        lea     r8, [own]
        call    [rbx + HANDLE_PROTOCOL]
        lea     rsi, [no_volume]
        test    rax, rax
        js      fail
        mov     rdi, [own]
        mov     rdi, [rdi + IMAGE_DEVICE]

; Open its initramfs.
        mov     rcx, rdi
        lea     rdx, [file_system]
        lea     r8, [volume]
        call    [rbx + HANDLE_PROTOCOL]
        test    rax, rax
        js      fail
        mov     rcx, [volume]
        lea     rdx, [root]
        call    [rcx + OPEN_VOLUME]
        test    rax, rax
        js      fail
        mov     rcx, [root]
        lea     rdx, [initramfs]
        lea     r8, [initramfs_name]
        mov     r9d, FILE_MODE_READ
        mov     qword [rsp + 32], 0     ; attributes of a new file
        call    [rcx + FILE_OPEN]
        lea     rsi, [no_initramfs]
        test    rax, rax
        js      fail

; The kernel's path is the volume's and the file's name.
        mov     rcx, rdi
        lea     rdx, [device_path]
        lea     r8, [path]
        call    [rbx + HANDLE_PROTOCOL]
        lea     rsi, [no_volume]
        test    rax, rax
        js      fail
        call    kernel_path
        mov     rax, OUT_OF_RESOURCES
        lea     rsi, [no_kernel]
        jc      fail

; Hand out the initramfs from here on.
        lea     rax, [load_file]
        mov     [load_file_protocol], rax
        lea     rcx, [handle]
        lea     rdx, [device_path]
        lea     r8, [initramfs_path]
        lea     r9, [load_file2]
        lea     rax, [load_file_protocol]
        mov     [rsp + 32], rax
        mov     qword [rsp + 40], 0
        call    [rbx + INSTALL_PROTOCOLS]
        lea     rsi, [no_kernel]
        test    rax, rax
        js      fail

        xor     ecx, ecx                ; not by a boot option's policy
        mov     rdx, [image]
        lea     r8, [path_buffer]
        xor     r9d, r9d                ; the firmware reads it
        mov     qword [rsp + 32], 0
        lea     rax, [kernel]
        mov     [rsp + 40], rax
        call    [rbx + LOAD_IMAGE]
        test    rax, rax
        js      .back
        mov     rcx, [kernel]
        lea     rdx, [loaded_image]
        lea     r8, [loaded]
        call    [rbx + HANDLE_PROTOCOL]
        test    rax, rax
        js      .back
        mov     rcx, [loaded]
        mov     eax, [command_line_size]
        mov     [rcx + IMAGE_OPTIONS_SIZE], eax
        lea     rax, [command_line]
        mov     [rcx + IMAGE_OPTIONS], rax

        mov     rcx, [kernel]
        xor     edx, edx
        xor     r8d, r8d
        call    [rbx + START_IMAGE]
        lea     rsi, [not_started]

; It came back. What was installed must go before this does.
.back:  mov     rdi, rax
        mov     rcx, [handle]
        lea     rdx, [device_path]
        lea     r8, [initramfs_path]
        lea     r9, [load_file2]
        lea     rax, [load_file_protocol]
        mov     [rsp + 32], rax
        mov     qword [rsp + 40], 0
        call    [rbx + UNINSTALL_PROTOCOLS]
        mov     rax, rdi

; fail: shows the text at rsi and returns the status rax.
fail:   mov     rdi, rax
        lea     rdx, [name]
        call    print
        mov     rdx, rsi
        call    print
        mov     rax, rdi
        add     rsp, 48
        pop     rdi
        pop     rsi
        pop     rbx
        ret

; print: shows the text at rdx, which a 0 ends.
print:  mov     rcx, [system]
        mov     rcx, [rcx + ST_CON_OUT]
        sub     rsp, 40
        call    [rcx + OUTPUT_STRING]
        add     rsp, 40
        ret

; kernel_path: copies the device path at [path] to the buffer, and puts the
; kernel's name behind it, in place of its end. Sets the carry flag if it is too
; long. A node begins with its type, a byte; a second; and its length, 16 bits (10.3.1).
kernel_path:
        mov     rsi, [path]
        lea     rdi, [path_buffer]
        xor     edx, edx                ; bytes copied
.node:  cmp     byte [rsi], 0x7f        ; the end
        je      .name
        movzx   ecx, word [rsi + 2]
        add     edx, ecx
        cmp     edx, PATH_SIZE - (kernel_node.end - kernel_node)
        ja      .long
        rep movsb
        jmp     .node
.name:  lea     rsi, [kernel_node]
        mov     ecx, kernel_node.end - kernel_node
        rep movsb
        clc
        ret
.long:  stc
        ret

; load_file: LoadFile of EFI_LOAD_FILE2_PROTOCOL (13.2): the buffer's size is at r9,
; the buffer at [rsp + 40], 0 when only the size is asked for.
load_file:
        mov     rax, UNSUPPORTED
        test    r8b, r8b                ; a boot option's policy
        jnz     .done
        mov     rax, INVALID_PARAMETER
        test    r9, r9
        jz      .done
        mov     r10, [rsp + 40]
        mov     r11, [initramfs_size]
        test    r10, r10
        jz      .small
        cmp     [r9], r11
        jae     .read
.small: mov     [r9], r11
        mov     rax, BUFFER_TOO_SMALL
.done:  ret
.read:  mov     [r9], r11
        push    r9
        push    r10
        sub     rsp, 40
        mov     rcx, [initramfs]
        xor     edx, edx
        call    [rcx + FILE_SET_POSITION]
        test    rax, rax
        js      .end
        mov     rcx, [initramfs]
        mov     rdx, [rsp + 48]
        mov     r8, [rsp + 40]
        call    [rcx + FILE_READ]
        test    rax, rax
        js      .end
        mov     rdx, [rsp + 48]
        mov     r11, [initramfs_size]
        cmp     [rdx], r11
        je      .end
        mov     rax, DEVICE_ERROR       ; the file is shorter
.end:   add     rsp, 56
        ret
code_end:
        times DATA_AT - CODE_AT - ($ - $$) db 0

section .data start=DATA_AT vstart=DATA
; What the image's maker writes.
initramfs_size:         dq 0            ; bytes
command_line_size:      dd 0            ; bytes, with the 0 that ends it
        times 16 - ($ - $$) db 0
command_line:           times 2048 dw 0 ; UTF-16

loaded_image:           dd 0x5b1b31a1   ; EFI_LOADED_IMAGE_PROTOCOL_GUID (9.1)
                        dw 0x9562, 0x11d2
                        db 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b
file_system:            dd 0x964e5b22   ; EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID (13.4)
                        dw 0x6459, 0x11d2
                        db 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b
device_path:            dd 0x09576e91   ; EFI_DEVICE_PATH_PROTOCOL_GUID (10.2)
                        dw 0x6d3f, 0x11d2
                        db 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b
load_file2:             dd 0x4006c0c1   ; EFI_LOAD_FILE2_PROTOCOL_GUID (13.2)
                        dw 0xfcb3, 0x403e
                        db 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d

initramfs_path:         db 4, 3         ; media, vendor
                        dw 20
                        dd 0x5568e427   ; LINUX_EFI_INITRD_MEDIA_GUID (kernel: include/linux/efi.h)
                        dw 0x68fc, 0x4f3d
                        db 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68
                        db 0x7f, 0xff   ; end
                        dw 4
kernel_node:            db 4, 4         ; media, file
                        dw .path_end - kernel_node
                        dw __utf16__("\VMLINUZ"), 0
.path_end:              db 0x7f, 0xff
                        dw 4
.end:

initramfs_name: dw __utf16__("\INITRD.IMG"), 0
name:           dw __utf16__("scratchmachine: "), 0
no_volume:      dw __utf16__("the firmware does not tell where this is from"), 13, 10, 0
no_initramfs:   dw __utf16__("there is no \INITRD.IMG beside this"), 13, 10, 0
no_kernel:      dw __utf16__("the firmware cannot load \VMLINUZ"), 13, 10, 0
not_started:    dw __utf16__("the kernel did not start: does the machine have enough memory?"), 13, 10, 0

        align   8
load_file_protocol:     dq 0
image:                  dq 0
system:                 dq 0
own:                    dq 0
volume:                 dq 0
root:                   dq 0
initramfs:              dq 0
path:                   dq 0
handle:                 dq 0
kernel:                 dq 0
loaded:                 dq 0
        times RELOC_AT - DATA_AT - ($ - $$) db 0
path_buffer:                            ; in memory alone
data_end        equ     path_buffer + PATH_SIZE

section .reloc start=RELOC_AT vstart=RELOC
; Nothing depends on where this is, but some firmware wants to be told so (PE
; Format, "The .reloc Section"): a block of two entries that do nothing.
relocations:
        dd      CODE, .end - relocations
        dw      0, 0
.end:   times 0x200 - ($ - $$) db 0
