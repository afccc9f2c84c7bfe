using System.Runtime.Versioning;
using RemoteSigning.Agent.Core.Registration;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Tests;

/// <summary>The user's p11-kit module file.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")]
internal sealed class P11KitModuleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly P11KitModule _registration;
    private readonly string _module;

    public P11KitModuleTests()
    {
        _registration = new P11KitModule(_folder.In("config"));
        _module = _folder.In("card module.so");
        File.WriteAllText(_module, "");
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public void Add_Nothing_WritesThisFileOnly()
    {
        bool changed = _registration.Add(_module);

        string[] lines = File.ReadAllLines(_registration.File);
        Assert.Multiple(() =>
        {
            Assert.That(changed);
            Assert.That(_registration.File, Is.EqualTo(_folder.In("config/pkcs11/modules/remote-signing.module")));
            Assert.That(lines[0], Does.StartWith("# "));
            Assert.That(lines[1..], Is.EqualTo(new[] { $"module: {_module}", "managed: yes", "trust-policy: no" }));
            Assert.That(Files(), Is.EqualTo(new[] { _registration.File }));
        });
    }

    [Test]
    public void Add_Again_ChangesNothing()
    {
        _registration.Add(_module);
        File.SetLastWriteTimeUtc(_registration.File, DateTime.UnixEpoch);

        bool changed = _registration.Add(Path.GetRelativePath(Environment.CurrentDirectory, _module));

        Assert.That((changed, File.GetLastWriteTimeUtc(_registration.File)), Is.EqualTo((false, DateTime.UnixEpoch)));
    }

    [Test]
    public void Add_OtherModule_ReplacesTheFile()
    {
        _registration.Add(_module);
        string other = _folder.In("other.so");
        File.WriteAllText(other, "");

        bool changed = _registration.Add(other);

        Assert.That(changed);
        Assert.That(File.ReadAllText(_registration.File), Does.Contain($"module: {other}\n").And.Not.Contain(_module));
        Assert.That(Files(), Is.EqualTo(new[] { _registration.File }));
    }

    [Test]
    public void Remove_Ours_LeavesTheOthers()
    {
        _registration.Add(_module);
        string other = Path.Combine(Path.GetDirectoryName(_registration.File)!, "other.module"); // It lies in a folder.
        File.WriteAllText(other, "module: other.so\n");

        bool[] removed = [_registration.Remove(), _registration.Remove()];

        Assert.That(removed, Is.EqualTo(new[] { true, false }));
        Assert.That(Files(), Is.EqualTo(new[] { other }));
    }

    [Test]
    public void AddAndRemove_FileOfSomebodyElse_IsLeftAlone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_registration.File)!); // It lies in a folder.
        File.WriteAllText(_registration.File, "module: theirs.so\n");

        AssertRefused(() => _registration.Add(_module), "left alone");
        AssertRefused(() => _registration.Remove(), "left alone");

        Assert.That(File.ReadAllText(_registration.File), Is.EqualTo("module: theirs.so\n"));
    }

    [Test]
    public void AddAndRemove_SymbolicLink_IsLeftAlone([Values] bool dangling)
    {
        _registration.Add(_module);
        string target = _folder.In("target.module");
        File.Move(_registration.File, target);
        File.CreateSymbolicLink(_registration.File, dangling ? _folder.In("nowhere") : target);

        AssertRefused(() => _registration.Add(_module), "left alone");
        AssertRefused(() => _registration.Remove(), "left alone");

        Assert.That(new FileInfo(_registration.File).LinkTarget, Is.Not.Null);
        Assert.That(File.Exists(target));
    }

    [Test]
    public void Add_NoSuchModule_WritesNothing()
    {
        AssertRefused(() => _registration.Add(_folder.In("none.so")), "There is no module at");

        Assert.That(Directory.Exists(_folder.In("config")), Is.False);
    }

    [Test]
    public void Add_LineBreakInPath_WritesNothing()
    {
        string module = _folder.In("a\nmanaged: no");
        File.WriteAllText(module, "");

        AssertRefused(() => _registration.Add(module), "control character");

        Assert.That(Directory.Exists(_folder.In("config")), Is.False);
    }

    private string[] Files() => Directory.GetFiles(_folder.In("config"), "*", SearchOption.AllDirectories);

    private static void AssertRefused(Action act, string words) =>
        Assert.That(Assert.Throws<ProblemException>(act)?.Message, Does.Contain(words));
}
