using RemoteSigning.Interop;
using RemoteSigning.Windows.Checks;

namespace RemoteSigning.Windows;

/// <summary>All checks, in their order; those of one login mode together, as another mode costs a start of the agent.</summary>
internal static class AllChecks
{
    public static IReadOnlyList<WindowsCheck> List { get; } =
    [
        new AgentServes(),
        new Pkcs11Signatures(CardMode.Agent),
        new Pkcs11Refusals(),
        new Pkcs11Restart(CardMode.Agent),
        new KspSignatures(CardMode.Agent),
        new KspKeys(),
        new KspRestart(),
        new CngKeys(),
        new CngSignatures(),
        new CngCertificates(),
        new CngCms(),
        new CngRefusals(),
        new Crowd(),
        new Pkcs11Signatures(CardMode.Pin),
        new Pkcs11Restart(CardMode.Pin),
        new KspSignatures(CardMode.Pin),
        new CngPin(),
        new Pkcs11Signatures(CardMode.Protected),
    ];
}
