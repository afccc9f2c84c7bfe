using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki.Tests;

/// <summary>What is not certified: first through the door, then straight at the reader.</summary>
[TestFixture]
internal sealed class RequestRefusalTests
{
    private static readonly (int, Problem, string) Malformed = (400, Problem.InvalidRequest, ProblemCodes.Malformed);

    [Test]
    public async Task Post_TamperedRequest_IsRefusedAndNotRecorded()
    {
        await using PkiDatabase database = PkiWorld.OpenDatabase();
        int before = await database.Certificates.CountAsync();
        byte[] request = Requests.Good();
        int name = request.AsSpan().IndexOf("Sample Signer"u8);
        request[name] = (byte)'X';
        using HttpResponseMessage answer = await Requests.PostAsync(request);
        Assert.That(await Requests.ProblemAsync(answer), Is.EqualTo(Malformed));
        Assert.That(await database.Certificates.CountAsync(), Is.EqualTo(before));
    }

    [TestCase("not base64 at all!")]
    [TestCase("")]
    [TestCase("MIIB")]
    [TestCase("MIIB=A==")]
    public async Task Post_MalformedBody_IsRefused(string body)
    {
        using HttpResponseMessage answer = await Requests.PostTextAsync(body);
        Assert.That(await Requests.ProblemAsync(answer), Is.EqualTo(Malformed));
    }

    [Test]
    public async Task Post_OtherContentType_IsRefused()
    {
        using HttpResponseMessage answer = await Requests.PostTextAsync(Convert.ToBase64String(Requests.Good()), type: "text/plain");
        Assert.That(await Requests.ProblemAsync(answer), Is.EqualTo(Malformed));
    }

    [Test]
    public async Task Post_UnknownLabel_IsNotFound()
    {
        using HttpResponseMessage answer = await Requests.PostAsync(Requests.Good(), "issuing");
        Assert.That((int)answer.StatusCode, Is.EqualTo(404));
    }

    [Test]
    public void Read_WeakRsaKey_IsRefused()
    {
        using RSA key = RSA.Create(1024);
        AssertRefused(Requests.New(key).CreateSigningRequest(), ProblemCodes.AlgorithmUnsupported);
    }

    [Test]
    public void Read_ForeignCurve_IsRefused()
    {
        using ECDsa key = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        AssertRefused(Requests.New(key).CreateSigningRequest(), ProblemCodes.AlgorithmUnsupported);
    }

    [Test]
    public void Read_ExplicitCurve_IsRefused()
    {
        string request = PkiWorld.In("explicit.csr");
        Openssl.Run(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit", "-nodes",
            "-keyout", PkiWorld.In("explicit.key"), "-subj", "/CN=Sample Signer", "-outform", "DER", "-out", request);
        AssertRefused(File.ReadAllBytes(request), ProblemCodes.AlgorithmUnsupported);
    }

    [Test]
    public void Read_SubjectWithMultivaluedPart_IsRefused()
    {
        string request = PkiWorld.In("multivalued.csr");
        Openssl.Run(
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", PkiWorld.In("multivalued.key"),
            "-multivalue-rdn", "-subj", "/CN=Sample Signer+GN=Sample", "-outform", "DER", "-out", request);
        AssertRefused(File.ReadAllBytes(request), ProblemCodes.Malformed);
    }

    [TestCase("ed25519")]
    [TestCase("dsa")]
    public void Read_ForeignAlgorithm_IsRefused(string algorithm)
    {
        string key = PkiWorld.In($"{algorithm}.key");
        if (algorithm == "dsa")
        {
            string parameters = PkiWorld.In("dsa.params");
            Openssl.Run("genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:2048", "-out", parameters);
            Openssl.Run("genpkey", "-paramfile", parameters, "-out", key);
        }
        else
        {
            Openssl.Run("genpkey", "-algorithm", algorithm, "-out", key);
        }

        string request = PkiWorld.In($"{algorithm}.csr");
        Openssl.Run("req", "-new", "-key", key, "-subj", "/CN=Sample Signer", "-outform", "DER", "-out", request);
        AssertRefused(File.ReadAllBytes(request), ProblemCodes.AlgorithmUnsupported);
    }

    [TestCase("-sha1")]
    [TestCase("-sha224")]
    [TestCase("-sigopt", "rsa_padding_mode:pss")]
    public void Read_OtherSignatureAlgorithm_IsRefused(params string[] options)
    {
        string request = PkiWorld.In("other.csr");
        Openssl.Run(
        [
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", PkiWorld.In("other.key"),
            "-subj", "/CN=Sample Signer", "-outform", "DER", "-out", request, .. options,
        ]);
        AssertRefused(File.ReadAllBytes(request), ProblemCodes.AlgorithmUnsupported);
    }

    [Test]
    public void Read_SmallExponent_IsRefused()
    {
        string key = PkiWorld.In("exponent.key");
        string request = PkiWorld.In("exponent.csr");
        Openssl.Run("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_pubexp:3", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key);
        Openssl.Run("req", "-new", "-key", key, "-subj", "/CN=Sample Signer", "-outform", "DER", "-out", request);
        AssertRefused(File.ReadAllBytes(request), ProblemCodes.AlgorithmUnsupported);
    }

    [TestCase("G=Sample, SN=Signer", TestName = "Read_SubjectWithoutCommonName_IsRefused")]
    [TestCase("CN=Sample, CN=Signer", TestName = "Read_SubjectWithTwoCommonNames_IsRefused")]
    [TestCase("CN=Sample Signer, DC=example", TestName = "Read_SubjectWithOtherAttribute_IsRefused")]
    [TestCase("CN=Sample Signer, C=de", TestName = "Read_SubjectWithLowerCaseCountry_IsRefused")]
    [TestCase("CN=Sample Signer, E=other@example.com", TestName = "Read_SubjectWithOtherEmail_IsRefused")]
    [TestCase("CN=12345678901234567890123456789012345678901234567890123456789012345", TestName = "Read_SubjectTooLong_IsRefused")]
    [TestCase("CN=\"Sample\u202ESigner\"", TestName = "Read_SubjectWithReorderingCharacter_IsRefused")]
    [TestCase("CN=\"Sample\u0000Signer\"", TestName = "Read_SubjectWithControlCharacter_IsRefused")]
    [TestCase("CN=\" \"", TestName = "Read_SubjectBlank_IsRefused")]
    public void Read_Subject_IsRefused(string subject)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddEmailAddress(Requests.Email);
        var request = new CertificateRequest(new X500DistinguishedName(subject), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        AssertRefused(request.CreateSigningRequest(), ProblemCodes.Malformed);
    }

    [TestCase("signer")]
    [TestCase("signer@")]
    [TestCase("signer@example..com")]
    [TestCase("signer@@example.com")]
    [TestCase("sig ner@example.com")]
    [TestCase("signer@example.com\n")]
    public void Read_EmailThatIsNone_IsRefused(string email)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        AssertRefused(Requests.New(key, email).CreateSigningRequest(), ProblemCodes.Malformed);
    }

    [Test]
    public void Read_OtherAlternativeName_IsRefused()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Requests.New(key, email: null);
        var names = new SubjectAlternativeNameBuilder();
        names.AddEmailAddress(Requests.Email);
        names.AddDnsName("www.example.com");
        request.CertificateExtensions.Add(names.Build());
        AssertRefused(request.CreateSigningRequest(), ProblemCodes.Malformed);
    }

    [Test]
    public void Read_EveryBitFlipped_IsNeverAccepted()
    {
        byte[] request = Requests.Good();
        Assert.That(CertificationRequest.Read(request).Email, Is.EqualTo(Requests.Email));
        for (int bit = 0; bit < request.Length * 8; bit++)
        {
            byte[] changed = [.. request];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<ProblemException>(() => CertificationRequest.Read(changed), $"bit {bit}");
        }
    }

    [Test]
    public void Read_CutShortOrExtended_IsRefused()
    {
        byte[] request = Requests.Good();
        for (int length = 0; length < request.Length; length++)
        {
            byte[] cut = request[..length];
            Assert.Throws<ProblemException>(() => CertificationRequest.Read(cut), $"length {length}");
        }

        AssertRefused([.. request, 0], ProblemCodes.Malformed);
    }

    private static void AssertRefused(byte[] request, string code) => Assert.That(
        () => CertificationRequest.Read(request), Throws.TypeOf<ProblemException>().With.Property(nameof(ProblemException.Code)).EqualTo(code));
}
