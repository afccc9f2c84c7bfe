using RemoteSigning.Interop.Programs;

namespace RemoteSigning.Interop;

/// <summary>The programs, in the order of the tables.</summary>
internal static class AllPrograms
{
    /// <summary>What speaks to the servers.</summary>
    public static IReadOnlyList<ServerProgram> OfServers { get; } =
    [
        new OpensslTs(),
        new OpensslOcsp(),
        new Ocsptool(),
        new Certtool(),
        new Signpdf(),
        new Newman(),
        new ChromiumPage(),
    ];

    /// <summary>What uses the card.</summary>
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
