// bcryptprimitives.dll for wine 8, which lacks it: the one function of it that Go's
// runtime needs, random bytes.
#include <windows.h>

// RtlGenRandom, which advapi32.dll exports by this name.
__declspec(dllimport) BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
  return SystemFunction036(data, (ULONG)size);
}
