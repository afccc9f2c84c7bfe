using System.Net;
using System.Security.Cryptography;
using RemoteSigning.Pki.Timestamping;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>Requests that get no token, and what they get instead.</summary>
[TestFixture]
internal sealed class TimestampRefusalTests
{
    private const string Sha1 = "1.3.14.3.2.26";
    private const string Md5 = "1.2.840.113549.2.5";

    [TestCase(0)]
    [TestCase(2)]
    [TestCase(-1)]
    public Task Version_NotOne_IsBadRequest(int version) =>
        AssertRefusedAsync(Timestamps.Request(version: version), TimestampFailure.BadRequest, "version");

    [Test]
    public Task Sha1_NotAllowed_IsBadAlgorithm() =>
        AssertRefusedAsync(Timestamps.Request(new byte[20], Sha1), TimestampFailure.BadAlgorithm, "SHA-1");

    [Test]
    public Task Algorithm_Unknown_IsBadAlgorithm() =>
        AssertRefusedAsync(Timestamps.Request(new byte[16], Md5), TimestampFailure.BadAlgorithm, "hash algorithm");

    [Test]
    public Task AlgorithmParameters_OtherThanNull_AreBadAlgorithm() => AssertRefusedAsync(
        Timestamps.Request(parameters: [0x04, 0x01, 0x00]), TimestampFailure.BadAlgorithm, "hash algorithm");

    [TestCase(0)]
    [TestCase(20)]
    [TestCase(31)]
    [TestCase(33)]
    [TestCase(64)]
    public Task Digest_OfOtherLength_IsBadDataFormat(int length) =>
        AssertRefusedAsync(Timestamps.Request(new byte[length]), TimestampFailure.BadDataFormat, $"32 bytes, not {length}");

    [Test]
    public Task Policy_Unknown_IsUnacceptedPolicy() =>
        AssertRefusedAsync(Timestamps.Request(policy: "1.3.6.1.4.1.32473.3.3"), TimestampFailure.UnacceptedPolicy, "policy");

    [TestCase(true)]
    [TestCase(false)]
    public Task Extension_CriticalOrNot_IsUnacceptedExtension(bool critical) =>
        AssertRefusedAsync(Timestamps.Request(extension: critical), TimestampFailure.UnacceptedExtension, "Extensions");

    [Test]
    public Task Nonce_TooLong_IsBadRequest() => AssertRefusedAsync(
        Timestamps.Request(nonce: [0x7F, .. new byte[TimestampRequest.MaximumNonce]]), TimestampFailure.BadRequest, "128 bytes");

    [Test]
    public async Task Request_CutShortAnywhere_IsBadDataFormat()
    {
        byte[] request = Timestamps.Request(policy: PkiWorld.TimestampPolicy, nonce: [1, 2, 3], certificates: true);
        for (int length = 0; length < request.Length; length++)
        {
            await AssertRefusedAsync(request[..length], TimestampFailure.BadDataFormat, "DER");
        }

        await AssertRefusedAsync([.. request, 0], TimestampFailure.BadDataFormat, "DER");
    }

    [Test]
    public async Task Request_NotDer_IsBadDataFormat()
    {
        byte[] request = Timestamps.Request(certificates: true);
        request[^1] = 0x01;
        await AssertRefusedAsync(request, TimestampFailure.BadDataFormat, "DER");
    }

    [Test]
    public async Task Request_AnyByteChanged_IsAnsweredInForm()
    {
        byte[] request = Timestamps.Request(policy: PkiWorld.TimestampPolicy, nonce: [1, 2, 3], certificates: true);
        for (int i = 0; i < request.Length; i++)
        {
            byte[] changed = [.. request];
            changed[i] ^= (byte)RandomNumberGenerator.GetInt32(1, 256);
            _ = TimestampAnswer.Read(await Timestamps.AskAsync(changed));
        }
    }

    [Test]
    public void Read_AnyByteChangedToAnyOther_IsReadOrRefused()
    {
        byte[] request = Timestamps.Request(policy: PkiWorld.TimestampPolicy, nonce: [1, 2, 3], certificates: true, extension: true);
        int refused = 0;
        for (int i = 0; i < request.Length * 255; i++)
        {
            byte[] changed = [.. request];
            changed[i / 255] ^= (byte)((i % 255) + 1);
            try
            {
                _ = TimestampRequest.Read(changed);
            }
            catch (TimestampRefusedException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(request.Length * 200), "most of them; a digest may be any");
    }

    [Test]
    public async Task Openssl_Refusal_IsReadAsSuch()
    {
        string reply = Openssl.Write(await Timestamps.AskAsync(Timestamps.Request(policy: "1.2.3.4")), ".tsr");
        CommandResult text = Openssl.Try("ts", "-reply", "-in", reply, "-text");
        Assert.That(text.Output, Does.Contain("Status: Rejected.").And.Contain("The policy is not one of this authority's.")
            .And.Contain("Failure info: the requested TSA policy is not supported by the TSA"));
    }

    [Test]
    public async Task Post_TooLong_Is413()
    {
        using HttpResponseMessage answer = await Timestamps.PostAsync(new byte[5000]);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [TestCase(null)]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("application/timestamp-reply")]
    public async Task Post_OtherType_Is415AndHelps(string? type)
    {
        using HttpResponseMessage answer = await Timestamps.PostAsync(Timestamps.Request(), type);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("application/timestamp-query"));
    }

    [Test]
    public async Task Get_Always_Is405AndHelps()
    {
        using HttpResponseMessage answer = await PkiWorld.PublicClient.GetAsync("/tsa");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(answer.Content.Headers.Allow, Is.EqualTo(new[] { "POST" }));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("RFC 3161"));
    }

    private static async Task AssertRefusedAsync(byte[] request, TimestampFailure failure, string reason)
    {
        var answer = TimestampAnswer.Read(await Timestamps.AskAsync(request));
        Assert.That(answer.Failure, Is.EqualTo(failure));
        Assert.That(answer.Text, Does.Contain(reason));
    }
}
