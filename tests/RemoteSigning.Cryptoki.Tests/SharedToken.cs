using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>
/// One SoftHSM store for this process, with all tokens made before the module is loaded. Fixtures that break
/// things have tokens of their own, and run alone.
/// </summary>
[SetUpFixture]
internal sealed class SharedToken
{
    public const string KeyEncryptionKey = "kek";

    private static SoftHsm? _store;
    private static Hsm? _hsm;

    public static SoftHsm Store => _store ?? throw new InvalidOperationException("Set up first.");

    public static Hsm Hsm => _hsm ?? throw new InvalidOperationException("Set up first.");

    public static HsmOptions Options(string token) => new()
    {
        Module = SoftHsm.Module,
        TokenLabel = token,
        PinFile = Path.Combine(Store.Folder, $"{token}.pin"),
        MaxSessions = 4,
    };

    [OneTimeSetUp]
    public void SetUp()
    {
        _store = new SoftHsm(Directory.CreateTempSubdirectory("remotesigning-hsm-").FullName);
        foreach (string token in new[] { "shared", "recovery", "pin", "other" })
        {
            _store.CreateToken(token);
        }

        _store.UseInThisProcess();
        _hsm = Hsm.Open(Options("shared"));
        _hsm.GenerateKeyEncryptionKey(KeyEncryptionKey);
    }

    [OneTimeTearDown]
    public void TearDown()
    {
        _hsm?.Dispose();
        Directory.Delete(Store.Folder, recursive: true);
    }
}
