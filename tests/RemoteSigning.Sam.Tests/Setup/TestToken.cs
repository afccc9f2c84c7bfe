using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>One SoftHSM token for all tests of this process.</summary>
[SetUpFixture]
public sealed class TestToken
{
    public const string Label = "sam";

    public static string Folder { get; private set; } = "";

    public static SoftHsm Store { get; private set; } = null!; // Set before any test runs.

    public static string PinFile { get; private set; } = "";

    [OneTimeSetUp]
    public void Create()
    {
        Folder = Directory.CreateTempSubdirectory("sam-tests-").FullName;
        Store = new SoftHsm(Path.Combine(Folder, "hsm"));
        Store.UseInThisProcess();
        Environment.SetEnvironmentVariable(Store.Environment.Key, Store.Environment.Value); // For children.
        PinFile = Store.CreateToken(Label);
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(Folder, recursive: true);
}
