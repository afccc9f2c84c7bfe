using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Transport;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>
/// The ceremonies for a further key-encryption key: which officers are enough, which file may follow which on a node, and that nothing secret
/// is left in what is shown or recorded.
/// </summary>
[Category("Hsm")]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class OfficerCeremonyTests
{
    private readonly TestOfficers _officers = new("a ceremony");
    private readonly TestOfficers _others = new("another one");
    private TestNode _node = null!; // Set before any test runs, like the others.
    private TestNode _other = null!;
    private TestHsmToken _token = null!;
    private byte[] _before = [];

    [OneTimeSetUp]
    public void Create()
    {
        _node = _officers.Create(out _token);
        _other = _others.Create(out _);
        _before = File.ReadAllBytes(_node.InfrastructureFile);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _node.DisposeAsync();
        await _other.DisposeAsync();
        _officers.Dispose();
        _others.Dispose();
    }

    private IEnumerable<(string[] Shares, string Message)> WrongShares()
    {
        yield return (_officers.Shares(2), "1 shares are not enough: this module needs 2 of 3 officers.");
        yield return (_officers.Shares(2, 2), "There is no officer 2, or their share was given already.");
        yield return (["--share", $"1:{_officers.PassphraseFile(2)}", .. _officers.Shares(3)], "The passphrase of officer 1 is wrong, or the share was changed.");
        yield return (_others.Shares(1, 2), "The passphrase of officer 1 is wrong, or the share was changed.");
        yield return ([.. _officers.Shares(1), .. _others.Shares(2)], "The passphrase of officer 2 is wrong, or the share was changed.");
    }

    [Test, Order(1)]
    public void Add_OfficersThatAreNotEnough_RefusedAndNothingChanges()
    {
        int records = _node.AdministrationRecords().Count;
        foreach ((string[] shares, string message) in WrongShares())
        {
            Assert.That(() => _node.AddKeyEncryptionKeyAsync(shares), Throws.TypeOf<StartException>().With.Message.EqualTo(message));
        }

        Assert.That(File.ReadAllBytes(_node.InfrastructureFile), Is.EqualTo(_before));
        Assert.That(_token.Holds("sam-kek-2"), Is.False);
        Assert.That(_node.AdministrationRecords(), Has.Count.EqualTo(records));
    }

    [Test, Order(2)]
    public void Adopt_FileOfAnotherCeremony_Refused() => Assert.That(
        () => _node.AdoptAsync(_other.InfrastructureFile),
        Throws.TypeOf<StartException>().With.Message.Contains("is not authenticated by the module's floor key"));

    [Test, Order(3)]
    public async Task Add_CutOffAtEachStep_RepeatedCommandEndsIt()
    {
        _node.LogFaults.Full = true;
        Assert.That(() => _node.AddKeyEncryptionKeyAsync(_officers.Shares(1, 2)), Throws.TypeOf<ProblemException>());
        _node.LogFaults.Heal();
        byte[] staged = File.ReadAllBytes(_node.InfrastructureFile + ".next");
        Assert.That(File.ReadAllBytes(_node.InfrastructureFile), Is.EqualTo(_before));
        Assert.That(File.GetUnixFileMode(_node.InfrastructureFile + ".next"), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        await _node.StartAsync(); // Nothing came into force, so the node is as before.
        await _node.StopAsync();

        string said = await _node.AddKeyEncryptionKeyAsync(_officers.Shares(1, 3));

        Assert.That(File.ReadAllBytes(_node.InfrastructureFile), Is.EqualTo(staged), "the key in the token is the one that was staged");
        Assert.That(said, Does.Contain("Key sam-kek-2: was there.").And.Contain(InfrastructureFile.Fingerprint(staged)));

        // As if the machine had failed between the record and the new file's taking its place.
        OwnerOnly.Write(_node.InfrastructureFile + ".next", Encoding.UTF8.GetString(staged));
        OwnerOnly.Write(_node.InfrastructureFile, Encoding.UTF8.GetString(_before));
        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("not the one that the administration log names last"));
        await _node.AddKeyEncryptionKeyAsync(_officers.Shares(2, 3));

        Assert.That(File.ReadAllBytes(_node.InfrastructureFile), Is.EqualTo(staged));
        await _node.StartAsync();
        await _node.StopAsync();
    }

    [Test, Order(4)]
    public async Task Add_Accepted_NothingSecretIsShownOrRecorded()
    {
        InfrastructureFile file = InfrastructureFile.Parse(File.ReadAllBytes(_node.InfrastructureFile), "file");
        (int, byte[])[] shares = [.. new[] { 1, 2 }.Select(o => (o, file.Transfer!.Shares[o - 1].Open(Encoding.ASCII.GetBytes(_officers.Passphrases[o - 1]), file.ShareContext)!))];
        using TransportKey transport = TransportKey.Combine(shares);
        byte[][] secrets = [.. _officers.Passphrases.Select(Encoding.ASCII.GetBytes), .. shares.Select(s => s.Item2), transport.Wrapping];
        string said = await _node.AddKeyEncryptionKeyAsync(_officers.Shares(1, 2));
        string[] written = [said, .. Directory.GetFiles(_node.Data).Select(File.ReadAllText)];

        foreach (byte[] secret in secrets)
        {
            string[] forms = [Encoding.Latin1.GetString(secret), Convert.ToHexString(secret), Convert.ToHexStringLower(secret), Convert.ToBase64String(secret)[..^2]];
            Assert.That(written.Any(w => forms.Any(f => w.Contains(f, StringComparison.Ordinal))), Is.False);
        }

        Assert.That(written.Any(w => w.Contains("generation 3: sam-kek-3", StringComparison.Ordinal)), Is.True, "the record itself was looked through");
    }

    [Test, Order(5)]
    public async Task Adopt_OlderOrForkedOrChangedFile_RefusedAndARolledBackFileDoesNotStart()
    {
        byte[] newest = File.ReadAllBytes(_node.InfrastructureFile);
        InfrastructureFile file = InfrastructureFile.Parse(newest, "file");
        string candidate = Path.Combine(_node.Folder, "candidate.json");

        Assert.That(() => AdoptAsync(_before), Throws.TypeOf<StartException>().With.Message.Contains("older than this node's"));
        Assert.That(() => AdoptAsync(Authentic(file with { RetiredGenerations = null, LaterKeyEncryptionKeys = ["sam-kek-2", "sam-kek-x"] })),
            Throws.TypeOf<StartException>().With.Message.Contains("changed on another node in another way"));
        Assert.That(() => AdoptAsync(Authentic(file with { Module = new string('0', 32) })), Throws.TypeOf<StartException>().With.Message.Contains("of another module"));
        Assert.That(
            () => AdoptAsync(Authentic(file with { Transfer = file.Transfer! with { Shares = [.. InfrastructureFile.Parse(File.ReadAllBytes(_other.InfrastructureFile), "o").Transfer!.Shares] } })),
            Throws.TypeOf<StartException>().With.Message.Contains("another ceremony"));
        Assert.That(() => AdoptAsync((file with { RetiredGenerations = [1] }).ToBytes()), Throws.TypeOf<StartException>().With.Message.Contains("floor key"));
        Assert.That(await AdoptAsync(newest), Does.Contain("has this file already"));

        OwnerOnly.Write(_node.InfrastructureFile, Encoding.UTF8.GetString(_before));
        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("not the one that the administration log names last"));
        Assert.That(() => AdoptAsync(_before), Throws.TypeOf<StartException>().With.Message.Contains("which is not in place"));
        await AdoptAsync(newest);
        await _node.StartAsync();
        await _node.StopAsync();

        Task<string> AdoptAsync(byte[] bytes)
        {
            File.WriteAllBytes(candidate, bytes);
            return _node.AdoptAsync(candidate);
        }
    }

    private byte[] Authentic(InfrastructureFile file)
    {
        using Cryptoki.Hsm hsm = Cryptoki.Hsm.Open(new Cryptoki.HsmOptions
        {
            Module = SoftHsm.Module,
            TokenLabel = _token.Label,
            PinFile = _token.PinFile,
            MaxSessions = 2,
        });
        return file.Authenticate(text => hsm.Hmac(file.FloorKey, text)).ToBytes();
    }
}
