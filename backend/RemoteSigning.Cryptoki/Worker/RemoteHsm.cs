using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>The operations of a token as messages: one request and one answer for each, checked before they leave as <see cref="Hsm"/> checks them.</summary>
public abstract class RemoteHsm : IHsm
{
    private const int LongestKey = 64 << 10;

    private protected RemoteHsm()
    {
    }

    /// <inheritdoc/>
    public abstract long LoginGeneration { get; }

    /// <inheritdoc/>
    public abstract string TokenLabel { get; }

    /// <inheritdoc/>
    public abstract Meter Meter { get; }

    /// <inheritdoc/>
    public void Probe() => Run(WorkerVerb.Probe, new MessageWriter(), static _ => true);

    /// <inheritdoc/>
    public bool Exists(string label) => Run(WorkerVerb.Exists, Label(label), static answer => answer.Flag());

    /// <inheritdoc/>
    public ECDsa OpenEcdsa(string label)
    {
        byte[] publicKeyInfo = Run(WorkerVerb.OpenEcdsa, Label(label), static answer => answer.Bytes(LongestKey));
        var publicKey = ECDsa.Create();
        publicKey.ImportSubjectPublicKeyInfo(publicKeyInfo, out _);
        return new HsmEcdsa(this, label, publicKey);
    }

    /// <inheritdoc/>
    public byte[] Sign(string label, bool isRsa, HsmSignature request)
    {
        ArgumentNullException.ThrowIfNull(request);
        SigningInput.Check(request, isRsa);
        MessageWriter body = Label(label).Flag(isRsa);
        SignatureFields.Write(body, request);
        return Run(WorkerVerb.Sign, body, static answer => answer.Bytes(LongestKey), SigningInput.Mechanism(request));
    }

    /// <inheritdoc/>
    public byte[] Hmac(string label, ReadOnlySpan<byte> data) =>
        Run(WorkerVerb.Hmac, Label(label).Bytes(data), static answer => answer.Bytes(SHA256.HashSizeInBytes));

    /// <inheritdoc/>
    public WrappedKeyPair GenerateWrappedRsa(string keyEncryptionKey, int bits) =>
        Run(WorkerVerb.GenerateWrappedRsa, Label(keyEncryptionKey).Number((uint)Hsm.CheckBits(bits)), ReadPair);

    /// <inheritdoc/>
    public WrappedKeyPair GenerateWrappedEcdsa(string keyEncryptionKey, ECCurve curve) =>
        Run(WorkerVerb.GenerateWrappedEcdsa, Label(keyEncryptionKey).Byte(CurveField.Write(curve)), ReadPair);

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> SignWithWrapped(
        string keyEncryptionKey, ReadOnlyMemory<byte> wrapped, bool isRsa, IReadOnlyList<HsmSignature> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        MessageWriter body = Label(keyEncryptionKey).Bytes(wrapped.Span).Flag(isRsa).Number((uint)requests.Count);
        foreach (HsmSignature request in requests)
        {
            SigningInput.Check(request, isRsa);
            SignatureFields.Write(body, request);
        }

        int count = requests.Count;
        return Run(
            WorkerVerb.SignWithWrapped,
            body,
            answer => ReadSignatures(answer, count),
            count > 0 ? SigningInput.Mechanism(requests[0]) : null,
            count);
    }

    /// <inheritdoc/>
    public byte[] Rewrap(string oldKey, string newKey, ReadOnlyMemory<byte> wrapped, bool isRsa) => Run(
        WorkerVerb.Rewrap,
        Label(oldKey).Text(Hsm.CheckLabel(newKey)).Bytes(wrapped.Span).Flag(isRsa),
        static answer => answer.Bytes(LongestKey));

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected abstract void Dispose(bool isDisposing);

    /// <param name="read">Reads the body of the answer behind the state.</param>
    /// <param name="mechanism">For the span: CKM_… of the signatures that the operation makes; null for none.</param>
    /// <param name="count">For the span: how many signatures.</param>
    private protected abstract T Run<T>(
        WorkerVerb verb, MessageWriter body, Func<MessageReader, T> read, string? mechanism = null, int count = 1, [CallerMemberName] string name = "");

    /// <summary>What an answer says: its result, or the exception that the worker's token threw.</summary>
    /// <exception cref="InvalidDataException">It is malformed.</exception>
    private protected static T Interpret<T>(WorkerFrame answer, Func<MessageReader, T> read)
    {
        const int longestText = 4096;
        var body = new MessageReader(answer.Body);
        _ = WorkerState.Read(body);
        switch ((WorkerOutcome)answer.Kind)
        {
            case WorkerOutcome.Done:
                T result = read(body);
                body.End();
                return result;
            case WorkerOutcome.HsmFailed:
                throw new HsmException(body.Text(longestText), body.Text(longestText), body.Long());
            case WorkerOutcome.NotCryptographic:
                throw new CryptographicException(body.Text(longestText));
            case WorkerOutcome.BadArgument:
                throw new ArgumentException(body.Text(longestText));
            default:
                throw MessageReader.Malformed($"outcome {answer.Kind}");
        }
    }

    private static MessageWriter Label(string label) => new MessageWriter().Text(Hsm.CheckLabel(label));

    private static WrappedKeyPair ReadPair(MessageReader answer) => new(answer.Bytes(LongestKey), answer.Bytes(LongestKey));

    private static byte[][] ReadSignatures(MessageReader answer, int count)
    {
        byte[][] signatures = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            signatures[i] = answer.Bytes(LongestKey);
        }

        return signatures;
    }
}
