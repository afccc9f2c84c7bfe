using RemoteSigning.Cryptoki;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>A token of its own, empty at first.</summary>
internal sealed record TestHsmToken(string Label, string PinFile)
{
    public static TestHsmToken New()
    {
        string label = Guid.NewGuid().ToString("N")[..16];
        return new TestHsmToken(label, TestToken.Store.CreateToken(label));
    }

    public bool Holds(string key)
    {
        using Hsm hsm = Hsm.Open(new HsmOptions { Module = SoftHsm.Module, TokenLabel = Label, PinFile = PinFile, MaxSessions = 2 });
        return hsm.Exists(key);
    }
}
