using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Timestamping;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>Tokens that are given: read strictly, and verified by OpenSSL and .NET.</summary>
[TestFixture]
internal sealed class TimestampTests
{
    private static readonly byte[] DerNull = [0x05, 0x00];

    [TestCase("-sha224")]
    [TestCase("-sha256")]
    [TestCase("-sha384")]
    [TestCase("-sha512")]
    [TestCase("-sha3-256")]
    [TestCase("-sha3-384")]
    [TestCase("-sha3-512")]
    public async Task Openssl_EachAlgorithm_VerifiesTheToken(string algorithm)
    {
        (string query, string reply) = await StampAsync(algorithm, "-cert");
        string verdict = Openssl.Run(
            "ts", "-verify", "-x509_strict", "-queryfile", query, "-in", reply, "-CAfile", PkiWorld.RootPem);
        Assert.That(verdict, Does.Contain("Verification: OK"));
    }

    [Test]
    public async Task Openssl_ReplyAsText_SaysWhatIsConfigured()
    {
        (_, string reply) = await StampAsync("-sha256", "-cert");
        string text = Openssl.Run("ts", "-reply", "-in", reply, "-text");
        Assert.That(text, Does.Contain("Status: Granted.").And.Contain($"Policy OID: {PkiWorld.TimestampPolicy}")
            .And.Contain("Accuracy: 0x01 seconds, unspecified millis, unspecified micros").And.Contain("Ordering: no"));
    }

    [Test]
    public async Task Openssl_WithoutCertificates_VerifiesWithThemGiven()
    {
        (string query, string reply) = await StampAsync("-sha256");
        using X509Certificate2 certificate = PkiWorld.TimestampCertificate();
        string chain = Openssl.Write(certificate.ExportCertificatePem() + "\n" + PkiWorld.Issuing.ExportCertificatePem() + "\n", ".pem");
        Assert.That(
            Openssl.Try("ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", PkiWorld.RootPem).ExitCode, Is.Not.Zero);
        string verdict = Openssl.Run(
            "ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", PkiWorld.RootPem, "-untrusted", chain);
        Assert.That(verdict, Does.Contain("Verification: OK"));
    }

    [Test]
    public async Task Openssl_OtherData_DoesNotVerify()
    {
        (_, string reply) = await StampAsync("-sha256", "-cert");
        CommandResult verdict = Openssl.Try(
            "ts", "-verify", "-data", PkiWorld.IssuingPem, "-in", reply, "-CAfile", PkiWorld.RootPem);
        Assert.That(verdict.ExitCode, Is.Not.Zero);
        Assert.That(verdict.Error, Does.Contain("message imprint mismatch"));
    }

    [Test]
    public async Task Token_ReadStrictly_HasExactlyItsFields()
    {
        byte[] digest = RandomNumberGenerator.GetBytes(32);
        byte[] nonce = [0x12, 0x34, 0x56];
        DateTimeOffset before = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        TimestampAnswer.TokenContent token = await GrantedAsync(Timestamps.Request(digest, nonce: nonce, certificates: true));
        Assert.That(token.Policy, Is.EqualTo(PkiWorld.TimestampPolicy));
        Assert.That(Convert.ToHexString(token.Imprint), Is.EqualTo($"302F300B06096086480165030402010420{Convert.ToHexString(digest)}"));
        Assert.That(token.SerialNumber, Has.Length.EqualTo(16));
        Assert.That(token.Time, Is.InRange(before, DateTimeOffset.UtcNow));
        Assert.That(token.Time.Ticks % TimeSpan.TicksPerMillisecond, Is.Zero);
        Assert.That(token.Accuracy, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(token.Nonce, Is.EqualTo(nonce));
        using X509Certificate2 certificate = PkiWorld.TimestampCertificate();
        Assert.That(token.Certificates, Is.EquivalentTo(new[] { certificate.RawData, PkiWorld.Issuing.RawData }));
        Assert.That(token.SignatureAlgorithm, Is.EqualTo("1.2.840.10045.4.3.2"));
        using ECDsa key = certificate.GetECDsaPublicKey()!;
        Assert.That(
            key.VerifyData(token.SignedAttributes, token.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence), Is.True);
    }

    [TestCase(null)]
    [TestCase(false)]
    public async Task Token_CertificatesNotWanted_HasNone(bool? certificates) =>
        Assert.That((await GrantedAsync(Timestamps.Request(certificates: certificates))).Certificates, Is.Empty);

    [Test]
    public async Task Token_WithoutNonce_HasNone() => Assert.That((await GrantedAsync(Timestamps.Request())).Nonce, Is.Null);

    [TestCase("00")]
    [TestCase("7F")]
    [TestCase("0080")]
    [TestCase("FF")]
    [TestCase("80000000000000000000000000000000")]
    [TestCase("00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public async Task Token_Nonce_ComesBackAsTheSameInteger(string nonce) => Assert.That(
        (await GrantedAsync(Timestamps.Request(nonce: Convert.FromHexString(nonce)))).Nonce, Is.EqualTo(Convert.FromHexString(nonce)));

    [Test]
    public async Task Token_LongestNonce_ComesBack()
    {
        byte[] nonce = [0x7F, .. RandomNumberGenerator.GetBytes(TimestampRequest.MaximumNonce - 1)];
        Assert.That((await GrantedAsync(Timestamps.Request(nonce: nonce))).Nonce, Is.EqualTo(nonce));
    }

    [TestCase(PkiWorld.TimestampPolicy)]
    [TestCase(PkiWorld.OtherTimestampPolicy)]
    public async Task Token_AcceptedPolicy_IsNamed(string policy) =>
        Assert.That((await GrantedAsync(Timestamps.Request(policy: policy))).Policy, Is.EqualTo(policy));

    [Test]
    public async Task Token_ImprintWithNullParameters_RepeatsThem()
    {
        byte[] digest = new byte[32];
        TimestampAnswer.TokenContent token = await GrantedAsync(Timestamps.Request(digest, parameters: DerNull));
        Assert.That(Convert.ToHexString(token.Imprint), Is.EqualTo($"3031300D060960864801650304020105000420{Convert.ToHexString(digest)}"));
    }

    [Test]
    public async Task Token_Sha1WhereAllowed_IsGiven()
    {
        byte[] answer = await Timestamps.Authority(o => o.AllowSha1 = true).AnswerAsync(
            Timestamps.Request(new byte[20], "1.3.14.3.2.26"), CancellationToken.None);
        Assert.That(TimestampAnswer.Read(answer).Token, Is.Not.Null);
    }

    [TestCase(500)]
    [TestCase(1500)]
    [TestCase(60_000)]
    public async Task Token_Accuracy_IsTheConfiguredOne(int milliseconds)
    {
        var accuracy = TimeSpan.FromMilliseconds(milliseconds);
        byte[] answer = await Timestamps.Authority(o => o.Accuracy = accuracy).AnswerAsync(Timestamps.Request(), CancellationToken.None);
        Assert.That(TimestampAnswer.Read(answer).Token!.Accuracy, Is.EqualTo(accuracy));
    }

    [Test]
    public async Task DotNet_RequestOfItsOwn_AcceptsTheAnswer()
    {
        byte[] data = RandomNumberGenerator.GetBytes(100);
        Rfc3161TimestampRequest request = Rfc3161TimestampRequest.CreateFromData(
            data, HashAlgorithmName.SHA384, nonce: RandomNumberGenerator.GetBytes(9), requestSignerCertificates: true);
        Rfc3161TimestampToken token = request.ProcessResponse(await Timestamps.AskAsync(request.Encode()), out _);
        Assert.That(token.VerifySignatureForData(data, out X509Certificate2? signer), Is.True);
        using X509Certificate2 certificate = PkiWorld.TimestampCertificate();
        Assert.That(signer!.RawData, Is.EqualTo(certificate.RawData));
        Assert.That(token.TokenInfo.AccuracyInMicroseconds, Is.EqualTo(1_000_000));
        Assert.That(token.TokenInfo.IsOrdering, Is.False);
    }

    [Test]
    public async Task Tokens_ManyAtOnce_HaveDifferentSerialNumbersAndARecordEach()
    {
        const int Count = 200;
        byte[][] digests = [.. Enumerable.Range(0, Count).Select(_ => RandomNumberGenerator.GetBytes(32))];
        TimestampAnswer.TokenContent[] tokens = await Task.WhenAll(digests.Select(d => GrantedAsync(Timestamps.Request(d))));
        Assert.That(tokens.Select(t => new BigInteger(t.SerialNumber, isBigEndian: true)), Is.Unique);
        await using PkiDatabase database = PkiWorld.OpenDatabase();
        foreach ((byte[] digest, TimestampAnswer.TokenContent token) in digests.Zip(tokens))
        {
            IssuedTimestamp record = await database.Timestamps.SingleAsync(t => t.SerialNumber == token.SerialNumber);
            Assert.That(
                (record.Imprint, record.Time, record.HashAlgorithm, record.Policy),
                Is.EqualTo((digest, token.Time, Timestamps.Sha256, PkiWorld.TimestampPolicy)));
        }
    }

    private static async Task<TimestampAnswer.TokenContent> GrantedAsync(byte[] request)
    {
        var answer = TimestampAnswer.Read(await Timestamps.AskAsync(request));
        Assert.That(answer.Token, Is.Not.Null, answer.Text);
        return answer.Token!;
    }

    /// <returns>Files with query and reply over some data.</returns>
    private static async Task<(string Query, string Reply)> StampAsync(params string[] options)
    {
        string query = PkiWorld.In($"{Guid.NewGuid():N}.tsq");
        Openssl.Run(["ts", "-query", "-data", PkiWorld.RootPem, .. options, "-out", query]);
        return (query, Openssl.Write(await Timestamps.AskAsync(await File.ReadAllBytesAsync(query)), ".tsr"));
    }
}
