using RemoteSigning.Interop.Programs;

namespace RemoteSigning.Interop;

/// <summary>The programs, in the order of the table.</summary>
internal static class AllPrograms
{
    public static IReadOnlyList<CardProgram> List { get; } =
    [
        new Pkcs11Tool(),
        new P11tool(),
        new GnutlsCli(),
        new P11Kit(),
        new PyKcs11(),
        new Pkcs11Js(),
        new JavaSignature(),
        new Jsse(),
        new Keytool(),
        new Jarsigner(),
        new Nss(),
        new Pdfsig(),
        new LibreOffice(),
        new Chromium(),
        new Firefox(),
        new Openssl(),
        new Curl(),
        new Osslsigncode(),
        new Gpgsm(),
        new Ssh(),
        new Git(),
    ];
}
