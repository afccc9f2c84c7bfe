using System.Net;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>What a real WebAuthn client and an authenticator that we did not write answer: Chromium and its virtual authenticator.</summary>
public sealed class BrowserDeviceTests
{
    private const string Phone = "https://phone.sign.example.com";

    private TestNode _node = null!; // Set before any test runs.
    private BrowserDevice _device = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _node = await TestNode.StartNewAsync();
        _device = await BrowserDevice.StartAsync(_node.Folder);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _device.DisposeAsync();
        await _node.DisposeAsync();
    }

    private async Task<(Reply Reply, KeyPair Pair)> AssignAsync(string attestation = "none", int algorithm = -7)
    {
        KeyPair pair = (await _node.Client.GenerateAsync(TestKey.P256)).KeyPair;
        var skad = TestSkad.For(_node, pair, await _node.EpochAsync());
        skad = skad with { Content = skad.Content with { Origins = [TestDevice.Origin, Phone] } };
        DeviceRegistration registration = await _device.RegisterAsync(skad.ContentText, algorithm, attestation);
        return (await _node.Client.AssignAsync(DeviceKey.Request(pair, TestKey.Signer, registration), skad.Sign(_node.As1, registration)), pair);
    }

    private async Task<KeyPair> EnrolAsync(int algorithm)
    {
        KeyPair assigned = (await AssignAsync(algorithm: algorithm)).Reply.KeyPair;
        return (await _node.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, true, TestKey.Certificate(assigned))).KeyPair;
    }

    private async Task<Reply> SignAsync(KeyPair key, Func<string, Task<DeviceApproval>> approve)
    {
        SignaturesRequest request = DeviceKey.NewRequest(key);
        TestSad sad = await TestSad.ForAsync(_node, request);
        return await _node.Client.SignAsync(request with { Approval = await approve(sad.ContentText) }, sad.Sign(_node.As1));
    }

    [TestCase(-7)]
    [TestCase(-257)]
    public async Task Sign_ApprovedInTheBrowser_Signs(int algorithm)
    {
        KeyPair key = await EnrolAsync(algorithm);

        Reply reply = await SignAsync(key, c => _device.ApproveAsync(c));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body);
    }

    [Test]
    public async Task Sign_BrowsersAnswerAltered_Refused()
    {
        KeyPair key = await EnrolAsync(-7);
        Func<DeviceApproval, DeviceApproval>[] changes =
        [
            a => a with { CredentialId = Flip(a.CredentialId) },
            a => a with { AuthenticatorData = Flip(a.AuthenticatorData) },
            a => a with { ClientDataJson = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(a.ClientDataJson).Replace(",\"crossOrigin\":false", "", StringComparison.Ordinal)) },
            a => a with { Signature = Flip(a.Signature) },
        ];

        foreach (Func<DeviceApproval, DeviceApproval> change in changes)
        {
            (await SignAsync(key, async c => change(await _device.ApproveAsync(c)))).MustBe(HttpStatusCode.Forbidden, "device_invalid");
        }

        (await SignAsync(key, c => _device.ApproveAsync(c + " "))).MustBe(HttpStatusCode.Forbidden, "device_invalid");
    }

    [Test]
    public async Task Sign_PersonWasNotVerified_Refused()
    {
        KeyPair key = await EnrolAsync(-7);
        await _device.SetVerifiedAsync(false);
        try
        {
            (await SignAsync(key, c => _device.ApproveAsync(c, "discouraged"))).MustBe(HttpStatusCode.Forbidden, "device_invalid");
        }
        finally
        {
            await _device.SetVerifiedAsync(true);
        }
    }

    [Test]
    public async Task Sign_FromAnotherOriginOfTheRpId_OnlyIfItIsEnrolled()
    {
        KeyPair key = await EnrolAsync(-7);
        try
        {
            await _device.OpenAsync(Phone);
            Assert.That((await SignAsync(key, c => _device.ApproveAsync(c))).Status, Is.EqualTo(HttpStatusCode.OK));
            await _device.OpenAsync("https://www.sign.example.com");
            (await SignAsync(key, c => _device.ApproveAsync(c))).MustBe(HttpStatusCode.Forbidden, "device_invalid");
            await _device.OpenAsync($"{TestDevice.Origin}:8443");
            (await SignAsync(key, c => _device.ApproveAsync(c))).MustBe(HttpStatusCode.Forbidden, "device_invalid");
        }
        finally
        {
            await _device.OpenAsync(TestDevice.Origin);
        }
    }

    /// <summary>A page that shows something else, with the approving page in a frame of it.</summary>
    [Test]
    public async Task Sign_FromAFrameInAPageOfAnotherOrigin_Refused()
    {
        KeyPair key = await EnrolAsync(-7);
        try
        {
            await _device.OpenAsync("https://www.example.net");
            (await SignAsync(key, c => _device.ApproveInFrameAsync(c, TestDevice.Origin))).MustBe(HttpStatusCode.Forbidden, "device_invalid");
        }
        finally
        {
            await _device.OpenAsync(TestDevice.Origin);
        }

        Assert.That(_node.Records()[^1].Reason, Does.Contain("another origin"));
    }

    [Test]
    public async Task Sign_AuthenticatorOfSomebodyElse_Refused()
    {
        KeyPair key = await EnrolAsync(-7);
        await _device.NewAuthenticatorAsync();
        await EnrolAsync(-7);

        (await SignAsync(key, c => _device.ApproveAsync(c))).MustBe(HttpStatusCode.Forbidden, "device_invalid");
    }

    [Test]
    public async Task Assign_AttestationByAMaker_Refused()
    {
        (Reply reply, KeyPair pair) = await AssignAsync(attestation: "direct");

        reply.MustBe(HttpStatusCode.Forbidden, "device_invalid");
        Assert.That(_node.Records()[^1].Reason, Does.Contain("neither none nor self"));
        Assert.That((await _node.Client.AssignAsync(pair, TestKey.Signer)).Status, Is.EqualTo(HttpStatusCode.OK), "it was nobody's");
    }

    private static byte[] Flip(byte[] bytes) => [.. bytes[..^1], (byte)(bytes[^1] ^ 1)];
}
