using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>One SoftHSM store for this process, and an HSM that no test breaks. Tests that break things make a token of their own.</summary>
[SetUpFixture]
internal sealed class SharedToken
{
    public const string KeyEncryptionKey = "kek";

    private static SoftHsm? _store;
    private static Hsm? _hsm;

    public static SoftHsm Store => _store ?? throw new InvalidOperationException("Set up first.");

    public static Hsm Hsm => _hsm ?? throw new InvalidOperationException("Set up first.");

    /// <summary>Makes a token whose label is a new one; modules see it after their next start.</summary>
    public static HsmOptions NewToken(int maxSessions = 4)
    {
        string label = Guid.NewGuid().ToString("N");
        return new HsmOptions
        {
            Module = SoftHsm.Module,
            TokenLabel = label,
            PinFile = Store.CreateToken(label),
            MaxSessions = maxSessions,
        };
    }

    [OneTimeSetUp]
    public void SetUp()
    {
        _store = new SoftHsm(Directory.CreateTempSubdirectory("remotesigning-hsm-").FullName);
        _store.UseInThisProcess();
        _hsm = Hsm.Open(NewToken());
        _hsm.GenerateKeyEncryptionKey(KeyEncryptionKey);
    }

    [OneTimeTearDown]
    public void TearDown()
    {
        _hsm?.Dispose();
        Directory.Delete(Store.Folder, recursive: true);
    }
}
