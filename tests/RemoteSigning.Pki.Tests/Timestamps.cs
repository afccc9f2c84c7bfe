using System.Formats.Asn1;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Options;
using RemoteSigning.Pki.Timestamping;

namespace RemoteSigning.Pki.Tests;

/// <summary>Requests for time stamps, well-formed and not, and the ways to send them.</summary>
internal static class Timestamps
{
    public const string Sha256 = "2.16.840.1.101.3.4.2.1";

    /// <summary>TimeStampReq, field by field.</summary>
    /// <param name="parameters">DER parameters of the hash algorithm; null for none.</param>
    /// <param name="extension">Whether there is one, and whether it is critical.</param>
    public static byte[] Request(
        byte[]? digest = null,
        string algorithm = Sha256,
        byte[]? parameters = null,
        int version = 1,
        string? policy = null,
        byte[]? nonce = null,
        bool? certificates = null,
        bool? extension = null)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(version);
            WriteImprint(writer, digest ?? RandomNumberGenerator.GetBytes(32), algorithm, parameters);
            if (policy is not null)
            {
                writer.WriteObjectIdentifier(policy);
            }

            if (nonce is not null)
            {
                writer.WriteInteger(nonce);
            }

            if (certificates is { } wanted)
            {
                writer.WriteBoolean(wanted);
            }

            if (extension is { } critical)
            {
                WriteExtension(writer, critical);
            }
        }

        return writer.Encode();
    }

    public static async Task<byte[]> AskAsync(byte[] request)
    {
        using HttpResponseMessage answer = await PostAsync(request);
        byte[] body = await answer.Content.ReadAsByteArrayAsync();
        Assert.That(answer.IsSuccessStatusCode, Is.True, Convert.ToHexString(body));
        Assert.That(answer.Content.Headers.ContentType, Is.EqualTo(new MediaTypeHeaderValue(TimestampApi.ResponseType)));
        return body;
    }

    public static async Task<HttpResponseMessage> PostAsync(byte[] request, string? type = TimestampApi.RequestType)
    {
        using var content = new ByteArrayContent(request);
        content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
        return await PkiWorld.PublicClient.PostAsync("/tsa", content);
    }

    /// <summary>The world's authority with one part or another replaced. Its records are not among those of the world's certificate.</summary>
    public static TimestampAuthority Authority(
        Action<TimestampingOptions>? change = null,
        TimeProvider? clock = null,
        IClockDiscipline? discipline = null,
        DateTimeOffset? latest = null,
        IDbContextFactory<PkiDatabase>? databases = null,
        TimestampIdentity? identity = null,
        long certificateId = PkiWorld.OtherTimestampCertificate)
    {
        var options = new PkiOptions { PublicUrl = PkiWorld.Options.PublicUrl };
        options.Timestamping.Policy = PkiWorld.TimestampPolicy;
        options.Timestamping.RequireSynchronizedClock = false;
        change?.Invoke(options.Timestamping);
        return new TimestampAuthority(
            PkiWorld.Service<Authorities>(),
            (identity ?? PkiWorld.Service<TimestampIdentity>()) with { Id = certificateId },
            new TimestampClock(clock ?? TimeProvider.System, discipline ?? new KernelClock(), options, latest),
            Journal(databases ?? PkiWorld.Service<IDbContextFactory<PkiDatabase>>()),
            options,
            NullLogger<TimestampAuthority>.Instance);
    }

    public static TimestampJournal Journal(IDbContextFactory<PkiDatabase> databases) =>
        new(new TimestampTable(databases), NullLogger<TimestampJournal>.Instance);

    private static void WriteImprint(AsnWriter writer, byte[] digest, string algorithm, byte[]? parameters)
    {
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm);
                if (parameters is not null)
                {
                    writer.WriteEncodedValue(parameters);
                }
            }

            writer.WriteOctetString(digest);
        }
    }

    private static void WriteExtension(AsnWriter writer, bool critical)
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.3.6.1.4.1.32473.1");
            if (critical)
            {
                writer.WriteBoolean(true);
            }

            writer.WriteOctetString([0x05, 0x00]);
        }
    }
}
