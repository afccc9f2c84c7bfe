using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Signing;

/// <summary>
/// Answers every question from the secrets file. One-time codes are computed (RFC 6238: SHA-1, 30 seconds, 6 digits);
/// the server takes each time step once, so a second signature within a step waits for the next.
/// </summary>
public sealed class SecretsFileUi : IAgentUi
{
    private const long StepSeconds = 30;

    private readonly SecretsFile _file;
    private readonly TimeProvider _clock;
    private long _lastStep;

    public SecretsFileUi(string path, ILocalSystem system, TimeProvider clock)
    {
        _file = new SecretsFile(path, system);
        _clock = clock;
    }

    public bool AsksPerson => false;

    public Task<Secret?> AskPinAsync(PinQuestion question, CancellationToken cancellation) => Task.FromResult<Secret?>(_file.ReadPin());

    public async Task<SignatureApproval?> ApproveAsync(SignatureQuestion question, CancellationToken cancellation)
    {
        Secret? otp = question.NeedsOtp ? await NextCodeAsync(cancellation) : null;
        return new SignatureApproval(question.NeedsPin ? _file.ReadPin() : null, otp);
    }

    /// <summary>The 6 digits of RFC 4226 and 6238 for one time step.</summary>
    internal static string Code(ReadOnlySpan<byte> key, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6238 with HMAC-SHA-1 is what authenticators share; HMAC does not rest on collision resistance.
        HMACSHA1.HashData(key, counter, mac);
#pragma warning restore CA5350
        int offset = mac[^1] & 0xF;
        uint number = BinaryPrimitives.ReadUInt32BigEndian(mac[offset..]) & 0x7FFF_FFFF;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    internal static byte[] FromBase32(string text)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bytes = new List<byte>();
        int buffer = 0, bits = 0;
        foreach (char c in text.TrimEnd('=').ToUpperInvariant())
        {
            int value = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0)
            {
                throw new ProblemException(Problem.Internal, ProblemCodes.Malformed, "The \"totpSecret\" of the secrets file is not base32.");
            }

            buffer = (buffer << 5 | value) & 0xFFF;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)(buffer >> bits & 0xFF));
            }
        }

        return [.. bytes];
    }

    private async Task<Secret> NextCodeAsync(CancellationToken cancellation)
    {
        long step = Math.Max(_clock.GetUtcNow().ToUnixTimeSeconds() / StepSeconds, _lastStep + 1);
        TimeSpan wait = DateTimeOffset.FromUnixTimeSeconds(step * StepSeconds) - _clock.GetUtcNow();
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _clock, cancellation);
        }

        _lastStep = step;
        using Secret shared = _file.ReadTotpSecret();
        byte[] key = FromBase32(shared.Reveal());
        string code = Code(key, step);
        CryptographicOperations.ZeroMemory(key);
        return new Secret(code);
    }
}
