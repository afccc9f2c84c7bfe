using NUnit.Framework;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Devices;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Tests;

/// <summary>
/// The sealed bytes as docs/sam/sealed-keys.md has them, written by another encoder: objects that lie in databases must
/// be read by every later version.
/// </summary>
public sealed class SealedLayoutTests
{
    private const string Common = "50aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa036b45434453412d502d3235364430010203420405";
    private const string Owner = "687369676e65722d31423000697369676e6174757265";
    private const string Certified = "5820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc1a713fb300f5";
    private const string OneDevice =
        "845820dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd827568747470733a2f2f612e6578616d706c652e636f6d75"
        + "68747470733a2f2f622e6578616d706c652e636f6d50eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee42a101";

    private const string Delegated = "6964656c656761746564";
    private const string DevicePolicy = "66646576696365";

    private const string Layout1 = $"8e01{Common}{Owner}{Delegated}80{Certified}";
    private const string Layout2 = $"8e02{Common}{Owner}{DevicePolicy}81{OneDevice}{Certified}";
    private const string Unassigned = "8e0150aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa016b45434453412d502d3235364430010203420405f6f6f6f680f6f6f4";

    private static SealedKey NewKey(string policy, params Device[] devices) => new()
    {
        KeyId = new string('a', 32),
        Version = 3,
        Algorithm = KeyAlgorithm.FromTemplate(TestKey.P256),
        PublicKeyInfo = [0x30, 1, 2, 3],
        WrappedPrivateKey = [4, 5],
        Owner = new SealedKey.KeyOwner("signer-1", [0x30, 0], "signature", policy) { Devices = devices },
        Certificate = new SealedKey.CertifiedBy([.. Enumerable.Repeat((byte)0xcc, 32)], 1_900_000_000),
        IsEnabled = true,
    };

    private static Device NewDevice() => new(
        [.. Enumerable.Repeat((byte)0xdd, 32)],
        ["https://a.example.com", "https://b.example.com"],
        [.. Enumerable.Repeat((byte)0xee, 16)],
        [0xa1, 0x01]);

    private static SealedKey? Decode(string hex) => SealedKeyEncoding.TryDecode(Convert.FromHexString(hex), out SealedKey? key) ? key : null;

    [Test]
    public void Encode_WithoutDevices_Layout1()
    {
        SealedKey assigned = NewKey(KeyPolicies.Delegated);
        SealedKey unassigned = assigned with { Version = 1, Owner = null, Certificate = null, IsEnabled = false };

        Assert.That(Convert.ToHexStringLower(SealedKeyEncoding.Encode(assigned)), Is.EqualTo(Layout1));
        Assert.That(Convert.ToHexStringLower(SealedKeyEncoding.Encode(unassigned)), Is.EqualTo(Unassigned));
    }

    [Test]
    public void Encode_WithADevice_Layout2() =>
        Assert.That(Convert.ToHexStringLower(SealedKeyEncoding.Encode(NewKey(KeyPolicies.Device, NewDevice()))), Is.EqualTo(Layout2));

    [TestCase(Layout1)]
    [TestCase(Layout2)]
    [TestCase(Unassigned)]
    public void TryDecode_WrittenElsewhere_SaysTheSameBytesAgain(string hex) =>
        Assert.That(Convert.ToHexStringLower(SealedKeyEncoding.Encode(Decode(hex)!)), Is.EqualTo(hex)); // Null fails, too.

    [Test]
    public void TryDecode_Layout2_HasTheDevice()
    {
        SealedKey.KeyOwner owner = Decode(Layout2)!.Owner!; // Null fails, too.
        Device device = owner.Devices.Single();

        Assert.That(owner.Policy, Is.EqualTo("device"));
        Assert.That(device.Origins, Is.EqualTo((string[])["https://a.example.com", "https://b.example.com"]));
        Assert.That(
            (Convert.ToHexString(device.RpIdHash), Convert.ToHexString(device.CredentialId), Convert.ToHexString(device.CoseKey)),
            Is.EqualTo((new string('D', 64), new string('E', 32), "A101")));
    }

    /// <summary>Nothing that loses or gains a device is read, even under a genuine seal.</summary>
    [TestCase($"8e02{Common}{Owner}{Delegated}80{Certified}")]
    [TestCase($"8e02{Common}{Owner}{DevicePolicy}80{Certified}")]
    [TestCase($"8e01{Common}{Owner}{DevicePolicy}80{Certified}")]
    [TestCase($"8e01{Common}{Owner}{DevicePolicy}81{OneDevice}{Certified}")]
    [TestCase($"8e02{Common}{Owner}{Delegated}81{OneDevice}{Certified}")]
    [TestCase($"8e03{Common}{Owner}{DevicePolicy}81{OneDevice}{Certified}")]
    [TestCase($"8e00{Common}{Owner}{Delegated}80{Certified}")]
    [TestCase($"8e02{Common}f6f6f6f681{OneDevice}f6f6f4")]
    [TestCase($"8e02{Common}{Owner}{DevicePolicy}8180{Certified}")]
    [TestCase($"8e02{Common}{Owner}{DevicePolicy}8140{Certified}")]
    [TestCase($"8e02{Common}{Owner}{DevicePolicy}81{OneDevice}{Certified}00")]
    public void TryDecode_LayoutPolicyAndDevicesDoNotAgree_Null(string hex) => Assert.That(Decode(hex), Is.Null);
}
