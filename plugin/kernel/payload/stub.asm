; The stub: unpacks the kernel whose data stands behind it, and starts it. It stands
; in place of the kernel's own decompressor (arch/x86/boot/compressed), at the start
; of a bzImage's protected-mode part; the real-mode part before it stays the kernel's.
;
; Repack has proven that the data unpacks within the memory that the stub checks for.
; So once the sum over the data is right, nothing here writes to where it must not.
;
; Sources: the kernel's Documentation/arch/x86/boot.rst ("32-bit boot protocol",
; "64-bit boot protocol") and zero-page.rst, arch/x86/boot/compressed/misc.c and
; kaslr.c, arch/x86/lib/kaslr.c; LZ4's lz4_Block_format.md; Intel's SDM, volume 3,
; "Initializing IA-32e Mode".
;
; Memory, from [image] on, the address that the kernel is linked for:
;   the kernel, and its relocations, which later become memory of it that is zero
;   the data, moved up to [target]; what is used up of it may be overwritten
;   TABLES bytes up to [image] + [room]: the page tables and the stack

bits 32
org 0
default rel                             ; in the 64-bit part

%define TABLES        0x7000            ; 6 page tables and 4 KiB of stack
%define CODE          0x10              ; the boot protocol's selectors
%define DATA          0x18
%define MIX           0x5d6008cbf3848dd3 ; of kaslr_get_random_long
%define SCREEN        0xb8000
%define SERIAL        0x3f8

; boot_params, what the real-mode part and the loader say.
%define E820_ENTRIES  0x1e8
%define SCRATCH_END   0x1e8
%define LOADFLAGS     0x211
%define RAMDISK       0x218
%define RAMDISK_SIZE  0x21c
%define COMMAND_LINE  0x228
%define SETUP_DATA    0x250
%define E820_TABLE    0x2d0
%define PARAMS_SIZE   0x1000
%define LINE_SIZE     0x1000            ; more than a kernel takes
%define RAM           1
%define KASLR_FLAG    2

; The real-mode part comes here, with flat segments, without interrupts, and with esi
; pointing to boot_params.
start:
        jmp     begin

; What Repack writes: the struct parameters in stub.go.
        align   8
sum:            dq 0                    ; over the data
size:           dd 0                    ; the data's, in bytes, a multiple of 8
packed:         dd 0                    ; so many of them are an LZ4 block; 0: it is as it is
target:         dd 0                    ; where the data is moved to
image:          dd 0                    ; where the kernel comes
room:           dd 0                    ; bytes that are used from there on
entry:          dd 0                    ; where the kernel starts
relocations:    dd 0                    ; where they are, once the data is unpacked
add32:          dd 0                    ; how many there are of each kind
sub32:          dd 0
add64:          dd 0
zero_end:       dd 0                    ; the kernel's memory is zero from [relocations] to here
slots:          dd 0                    ; the virtual addresses to choose from, 0 for no choice
slot_size:      dd 0                    ; bytes between them

        align   8
gdt:    dq      0, 0
        dq      0x00af9a000000ffff      ; 64-bit code
        dq      0x00cf92000000ffff      ; data, 4 GiB from 0
gdtr:   dw      gdtr - gdt - 1
        dd      0

%define NAME "scratchmachine: "
not_here:       db NAME, "the boot loader put the kernel above its place: it belongs at 1 MiB", 13, 10, 0
no_cpu:         db NAME, "this kernel needs a 64-bit processor", 13, 10, 0
no_memory:      db NAME, "there is not enough memory for this kernel: give the machine more", 13, 10, 0
overlap:        db NAME, "the boot loader put the initramfs where the kernel unpacks: give the machine more memory", 13, 10, 0
damaged:        db NAME, "the kernel is damaged: write the image again", 13, 10, 0

begin:
        cli
        cld
        lea     esp, [esi + SCRATCH_END]
        call    .here
.here:  pop     ebp
        sub     ebp, .here              ; where the stub is

; The stub must not be where the kernel comes, and the data goes up, never down.
        lea     edi, [ebp + not_here]
        lea     eax, [ebp + data]
        cmp     eax, [ebp + image]
        ja      fail

; The real-mode part has checked the processor; a loader may have left that part out.
        lea     edi, [ebp + no_cpu]
        mov     eax, 0x80000000
        cpuid
        cmp     eax, 0x80000001
        jb      fail
        mov     eax, 0x80000001
        cpuid
        bt      edx, 29                 ; 64-bit mode, and with it PAE and SSE2
        jnc     fail

; Is it all RAM? eax is up to where it is.
        mov     eax, [ebp + image]
        mov     edx, eax
        add     edx, [ebp + room]
.again: cmp     eax, edx
        jae     .enough
        movzx   ecx, byte [esi + E820_ENTRIES]
        lea     edi, [esi + E820_TABLE]
.region:
        jecxz   .little
        cmp     dword [edi + 16], RAM
        jne     .next
        cmp     dword [edi + 4], 0      ; from 4 GiB on
        jne     .next
        mov     ebx, [edi]
        cmp     ebx, eax
        ja      .next
        add     ebx, [edi + 8]
        jc      .enough                 ; up to 4 GiB, or more
        cmp     dword [edi + 12], 0
        jne     .enough
        cmp     ebx, eax
        jbe     .next
        mov     eax, ebx
        jmp     .again
.next:  add     edi, 20
        dec     ecx
        jmp     .region
.little:
        lea     edi, [ebp + no_memory]
        jmp     fail

; What the kernel gets must not be there.
.enough:
        lea     edi, [ebp + overlap]
        mov     eax, [esi + RAMDISK]
        mov     ecx, [esi + RAMDISK_SIZE]
        call    apart
        jc      fail
        mov     eax, [esi + COMMAND_LINE]
        mov     ecx, LINE_SIZE
        call    apart
        jc      fail
        mov     eax, esi
        mov     ecx, PARAMS_SIZE
        call    apart
        jc      fail
; It can do without setup_data, which QEMU puts behind what it loads: the list is left
; out if one of it is in the way.
        mov     eax, [esi + SETUP_DATA]
        cmp     dword [esi + SETUP_DATA + 4], 0
.node:  jne     .listed                 ; from 4 GiB on
        test    eax, eax
        jz      .listed
        mov     ecx, [eax + 12]
        add     ecx, 16
        call    apart
        jc      .drop
        cmp     dword [eax + 4], 0
        mov     eax, [eax]
        jmp     .node
.drop:  xor     eax, eax
        mov     [esi + SETUP_DATA], eax
        mov     [esi + SETUP_DATA + 4], eax
.listed:

; The first 4 GiB, mapped to themselves in pages of 2 MiB.
        mov     esp, edx
        lea     ebx, [edx - TABLES]
        mov     edi, ebx
        xor     eax, eax
        mov     ecx, TABLES / 4
        rep stosd
        lea     eax, [ebx + 0x1003]     ; present, writable
        mov     [ebx], eax
        xor     ecx, ecx
.table: add     eax, 0x1000
        mov     [ebx + 0x1000 + ecx * 8], eax
        inc     ecx
        cmp     ecx, 4
        jb      .table
        mov     eax, 0x83               ; and a page of its own
        xor     ecx, ecx
.page:  mov     [ebx + 0x2000 + ecx * 8], eax
        add     eax, 0x200000
        inc     ecx
        cmp     ecx, 4 * 512
        jb      .page

; 64-bit mode.
        lea     eax, [ebp + gdt]
        mov     [ebp + gdtr + 2], eax
        lgdt    [ebp + gdtr]
        mov     eax, cr4
        or      eax, 0x220              ; PAE, OSFXSR
        mov     cr4, eax
        mov     cr3, ebx
        mov     ecx, 0xc0000080         ; EFER
        rdmsr
        or      eax, 0x100              ; LME
        wrmsr
        push    dword CODE
        lea     eax, [ebp + long_mode]
        push    eax
        mov     eax, cr0
        and     eax, ~0xc               ; no EM, no TS
        or      eax, 0x80000001         ; PG, PE
        mov     cr0, eax
        retf

; apart: sets the carry flag if the ecx bytes at eax, none if that is 0, are within
; what is used, up to edx. Keeps all but ecx.
apart:
        jecxz   .yes
        cmp     eax, edx
        jae     .yes
        add     ecx, eax
        cmp     [ebp + image], ecx
        ret
.yes:   clc
        ret

; fail: says on the screen and the first serial port what is wrong, the text at edi,
; and stops. These bytes mean the same in 32-bit and in 64-bit mode.
fail:
        mov     esi, edi
        mov     edi, SCREEN
        mov     ecx, 80 * 25
        mov     eax, 0x0720
        rep stosw
        mov     edi, SCREEN
.char:  lodsb
        test    al, al
        jz      .stop
        cmp     al, ' '
        jb      .send                   ; the end of the line
        mov     ah, 7
        mov     [edi], ax
        add     edi, 2
.send:  mov     bl, al
        mov     edx, SERIAL + 5
        mov     ecx, 0xffff             ; there may be no port
.wait:  in      al, dx
        test    al, 0x20                ; it takes another
        jnz     .free
        loop    .wait
.free:  mov     edx, SERIAL
        mov     al, bl
        out     dx, al
        jmp     .char
.stop:  hlt
        jmp     .stop

bits 64
long_mode:
        mov     eax, DATA
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     r15d, esi               ; boot_params

; Move the data up, from its end on since the two may overlap, and sum it up (FNV-1a,
; of words of 8 bytes).
        lea     rsi, [data]
        mov     edi, [target]
        mov     ecx, [size]
        mov     rax, 0xcbf29ce484222325
        mov     rdx, 0x100000001b3
.move:  mov     rbx, [rsi + rcx - 8]
        mov     [rdi + rcx - 8], rbx
        xor     rax, rbx
        imul    rax, rdx
        sub     rcx, 8
        jnz     .move
        cmp     rax, [sum]
        lea     edi, [damaged]
        jne     fail

        mov     ecx, [packed]
        jrcxz   .unpacked
        mov     esi, [target]
        mov     edi, [image]
        call    unpack
.unpacked:
        and     byte [r15 + LOADFLAGS], ~KASLR_FLAG
        call    choose
        test    r13, r13
        jz      .placed
        or      byte [r15 + LOADFLAGS], KASLR_FLAG
        call    relocate
.placed:
        mov     edi, [relocations]
        mov     ecx, [zero_end]
        sub     rcx, rdi
        shr     ecx, 3
        xor     eax, eax
        rep stosq
        mov     eax, [entry]
        mov     rsi, r15
        jmp     rax

; unpack: unpacks the LZ4 block of rcx bytes at rsi to rdi. It writes up to 16 bytes
; more than there are to write, which walk in lz4.go reckons with.
unpack:
        lea     r8, [rsi + rcx]
.sequence:
        movzx   eax, byte [rsi]
        inc     rsi
        mov     ecx, eax
        shr     ecx, 4                  ; the number of literals
        cmp     ecx, 15
        jne     .literals
.more:  movzx   edx, byte [rsi]
        inc     rsi
        add     ecx, edx
        cmp     edx, 255
        je      .more
.literals:
        lea     r9, [rdi + rcx]
        lea     r10, [rsi + rcx]
.literal:
        movdqu  xmm0, [rsi]
        movdqu  [rdi], xmm0
        add     rsi, 16
        add     rdi, 16
        cmp     rdi, r9
        jb      .literal
        mov     rdi, r9
        mov     rsi, r10
        cmp     rsi, r8
        jae     .done                   ; the last sequence has no match
        movzx   edx, word [rsi]         ; how far back the match is
        add     rsi, 2
        and     eax, 15                 ; its length less 4
        cmp     eax, 15
        jne     .match
.longer:
        movzx   ecx, byte [rsi]
        inc     rsi
        add     eax, ecx
        cmp     ecx, 255
        je      .longer
.match: lea     r9, [rdi + rax + 4]
        mov     r10, rdi
        sub     r10, rdx
        cmp     edx, 16
        jb      .near
.copy:  movdqu  xmm0, [r10]
        movdqu  [rdi], xmm0
        add     r10, 16
        add     rdi, 16
        cmp     rdi, r9
        jb      .copy
        mov     rdi, r9
        jmp     .sequence
.near:  mov     ecx, 16                 ; what is near repeats itself: 16 bytes one by one,
.byte:  mov     bl, [r10]
        mov     [rdi], bl
        inc     r10
        inc     rdi
        cmp     rdi, r9
        jae     .sequence
        dec     ecx
        jnz     .byte
        mov     ebx, edx                ; the rest from the first multiple that is far enough
.far:   add     edx, ebx
        cmp     edx, 16
        jb      .far
        mov     r10, rdi
        sub     r10, rdx
        jmp     .copy
.done:  ret

; choose: sets r13 to how far above the address it is linked for the kernel is to run:
; find_random_virt_addr and kaslr_get_random_long, but all three sources are mixed.
choose:
        xor     r13d, r13d
        mov     r14d, [slots]
        test    r14d, r14d
        jz      .done
        mov     rdx, 'nokaslr' << 8
        mov     edi, [r15 + COMMAND_LINE]
        test    edi, edi
        jz      .choose
.word:  mov     rax, [rdi]
        shl     rax, 8
        cmp     rax, rdx
        jne     .skip
        cmp     byte [rdi + 7], ' '
        jbe     .done
.skip:  mov     al, [rdi]
        inc     rdi
        test    al, al
        jz      .choose
        cmp     al, ' '
        ja      .skip
        jmp     .word
.choose:
        mov     eax, 1
        cpuid
        xor     eax, eax
        bt      ecx, 30                 ; RDRAND
        jnc     .time
        mov     ecx, 10
.draw:  rdrand  rax
        jc      .time
        loop    .draw
.time:  mov     rbx, rax
        call    mix
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        xor     rbx, rax
        call    mix
        xor     eax, eax                ; the timer, i8254: latch counter 0
        out     0x43, al
        in      al, 0x40
        mov     ah, al
        in      al, 0x40
        xor     rbx, rax
        call    mix
        mov     rax, rbx
        xor     edx, edx
        div     r14
        mov     r13d, [slot_size]
        imul    r13, rdx
.done:  ret

; mix: spreads the bits of rbx, as kaslr_get_random_long does.
mix:    mov     rax, MIX
        mul     rbx
        lea     rbx, [rax + rdx]
        ret

; relocate: moves the kernel's addresses by r13, as handle_relocations does. The
; relocations are offsets from [image], of 4 bytes.
relocate:
        mov     esi, [relocations]
        mov     edi, [image]
%macro each 3
        mov     ecx, [%1]
        jrcxz   %%done
%%next: mov     eax, [rsi]
        add     rsi, 4
        %2      [rdi + rax], %3
        dec     ecx
        jnz     %%next
%%done:
%endmacro
        each    add32, add, r13d
        each    sub32, sub, r13d
        each    add64, add, r13
        ret

        align   16
data:
