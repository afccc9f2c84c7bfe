using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Cryptoki.Interop;
using RemoteSigning.Cryptoki.Worker;

namespace RemoteSigning.Cryptoki;

/// <summary>
/// A logged-in token behind a pool of sessions. Each operation rents a session for itself alone; a lost
/// session or token is reopened once, with one login, and the operation repeated once. A wrong PIN is
/// never tried again in the life of this object. One object for a token in a process; any number of threads.
/// </summary>
public sealed class Hsm : IHsm
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string TelemetryName = "RemoteSigning.Cryptoki";

    private const int MaxLabelBytes = 64;

    private readonly Token _token;
    private readonly HsmProfile _profile;
    private readonly KeyTemplates _templates;

    // Tokens do not keep labels unique. This does within the process; two processes do not make keys on one token at once.
    private readonly Lock _generating = new();

    private Hsm(HsmOptions options, LoginWatch? logins)
    {
        Options = options;
        _profile = options.Resolve();
        _templates = new KeyTemplates(_profile);
        _token = new Token(options, this, logins);
    }

    /// <inheritdoc/>
    public long LoginGeneration => _token.LoginGeneration;

    /// <inheritdoc/>
    public string TokenLabel => _token.Label;

    /// <inheritdoc/>
    public Meter Meter => _token.Meter;

    internal HsmOptions Options { get; }

    internal HsmProfile Profile => _profile;

    internal KeyTemplates Templates => _templates;

    internal Token Token => _token;

    /// <summary>Loads the module, finds the token by its label and logs in.</summary>
    /// <exception cref="HsmException">The token is missing, or the PIN is wrong.</exception>
    public static Hsm Open(HsmOptions options) => Open(options, null);

    /// <param name="logins">For a token that several processes open, one after the other.</param>
    internal static Hsm Open(HsmOptions options, LoginWatch? logins)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Module);
        ArgumentException.ThrowIfNullOrEmpty(options.TokenLabel);
        ArgumentException.ThrowIfNullOrEmpty(options.PinFile);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxSessions, 1);
        return new Hsm(options, logins);
    }

    /// <inheritdoc/>
    public void Probe() => _token.Run(0, static (session, _) =>
    {
        session.CheckLogin();
        return true;
    });

    /// <inheritdoc/>
    public bool Exists(string label) => _token.Run(CheckLabel(label), static (session, label) => session.Holds(label));

    /// <summary>Makes an AES-256 key that only wraps and unwraps (token, private, sensitive, never extractable).</summary>
    /// <exception cref="InvalidOperationException">The label is taken.</exception>
    public void GenerateKeyEncryptionKey(string label) =>
        GenerateSecret(label, Ckm.AesKeyGeneration, _templates.KeyEncryptionKey(CheckLabel(label)));

    /// <summary>Makes a 256-bit key for HMAC-SHA256 (token, private, sensitive, never extractable).</summary>
    /// <exception cref="InvalidOperationException">The label is taken.</exception>
    public void GenerateHmacKey(string label) =>
        GenerateSecret(label, _profile.HmacKeyGeneration, _templates.HmacKey(CheckLabel(label)));

    /// <summary>Makes a token-resident RSA key pair of 2048, 3072 or 4096 bits; returns its SubjectPublicKeyInfo.</summary>
    /// <exception cref="InvalidOperationException">The label is taken.</exception>
    public byte[] GenerateRsa(string label, int bits)
    {
        AttributeTemplate publicKey = KeyTemplates.RsaPublic(CheckLabel(label), CheckBits(bits));
        GenerateOnToken(label, Ckm.RsaKeyPairGeneration, publicKey, _templates.PrivateKey(Ckk.Rsa, label));
        using RSA key = OpenRsa(label);
        return key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>Makes a token-resident EC key pair on P-256, P-384 or P-521; returns its SubjectPublicKeyInfo.</summary>
    /// <exception cref="InvalidOperationException">The label is taken.</exception>
    public byte[] GenerateEcdsa(string label, ECCurve curve)
    {
        AttributeTemplate publicKey = KeyTemplates.EcPublic(CheckLabel(label), PublicKeyInfo.CurveParameters(curve));
        GenerateOnToken(label, Ckm.EcKeyPairGeneration, publicKey, _templates.PrivateKey(Ckk.Ec, label));
        using ECDsa key = OpenEcdsa(label);
        return key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>The token's RSA key under this label, as an <see cref="RSA"/> that never exports its private half.</summary>
    /// <exception cref="HsmException">The token holds no such key.</exception>
    public RSA OpenRsa(string label) => new HsmRsa(this, label, _token.Run(CheckLabel(label), static (session, label) =>
    {
        session.FindKey(Cko.PrivateKey, label);
        return PublicKeyInfo.ReadRsa(session, session.FindKey(Cko.PublicKey, label));
    }));

    /// <inheritdoc/>
    public ECDsa OpenEcdsa(string label) => new HsmEcdsa(this, label, _token.Run(CheckLabel(label), static (session, label) =>
    {
        session.FindKey(Cko.PrivateKey, label);
        return PublicKeyInfo.ReadEcdsa(session, session.FindKey(Cko.PublicKey, label));
    }));

    /// <inheritdoc/>
    public byte[] Hmac(string label, ReadOnlySpan<byte> data) => _token.Run(
        new HmacInput(CheckLabel(label), data),
        static (session, input) => SigningInput.Hmac(session, session.FindKey(Cko.SecretKey, input.Label), input.Data));

    /// <inheritdoc/>
    public WrappedKeyPair GenerateWrappedRsa(string keyEncryptionKey, int bits) => GenerateWrapped(
        keyEncryptionKey,
        Ckm.RsaKeyPairGeneration,
        KeyTemplates.RsaPublic(null, CheckBits(bits)),
        _templates.PrivateKey(Ckk.Rsa, null),
        static (session, key) => PublicKeyInfo.ReadRsa(session, key));

    /// <inheritdoc/>
    public WrappedKeyPair GenerateWrappedEcdsa(string keyEncryptionKey, ECCurve curve) => GenerateWrapped(
        keyEncryptionKey,
        Ckm.EcKeyPairGeneration,
        KeyTemplates.EcPublic(null, PublicKeyInfo.CurveParameters(curve)),
        _templates.PrivateKey(Ckk.Ec, null),
        static (session, key) => PublicKeyInfo.ReadEcdsa(session, key));

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> SignWithWrapped(
        string keyEncryptionKey, ReadOnlyMemory<byte> wrapped, bool isRsa, IReadOnlyList<HsmSignature> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        foreach (HsmSignature request in requests)
        {
            SigningInput.Check(request, isRsa);
        }

        return _token.Run(
            (Label: CheckLabel(keyEncryptionKey), Mechanism: _profile.WrapMechanism, Wrapped: wrapped,
                Template: isRsa ? _templates.UnwrappedRsa : _templates.UnwrappedEc, Requests: requests),
            static (session, input) =>
            {
                CULong wrappingKey = session.FindKey(Cko.SecretKey, input.Label);
                CULong key = session.Unwrap(input.Mechanism, wrappingKey, input.Wrapped.Span, input.Template);
                try
                {
                    byte[][] signatures = new byte[input.Requests.Count][];
                    for (int i = 0; i < signatures.Length; i++)
                    {
                        signatures[i] = SigningInput.Sign(session, key, input.Requests[i]);
                    }

                    return signatures;
                }
                finally
                {
                    session.Destroy(key);
                }
            },
            requests.Count > 0 ? SigningInput.Mechanism(requests[0]) : null,
            requests.Count);
    }

    /// <inheritdoc/>
    public byte[] Rewrap(string oldKey, string newKey, ReadOnlyMemory<byte> wrapped, bool isRsa) => _token.Run(
        (Old: CheckLabel(oldKey), New: CheckLabel(newKey), Mechanism: _profile.WrapMechanism, Wrapped: wrapped,
            Template: _templates.UnwrappedToBeWrapped(isRsa)),
        static (session, input) =>
        {
            CULong newKey = session.FindKey(Cko.SecretKey, input.New);
            CULong key = session.Unwrap(
                input.Mechanism, session.FindKey(Cko.SecretKey, input.Old), input.Wrapped.Span, input.Template);
            try
            {
                return session.Wrap(input.Mechanism, newKey, key);
            }
            finally
            {
                session.Destroy(key);
            }
        });

    /// <inheritdoc/>
    public byte[] Sign(string label, bool isRsa, HsmSignature request)
    {
        SigningInput.Check(request, isRsa);
        return _token.Run(
            (label: CheckLabel(label), request),
            static (session, input) => SigningInput.Sign(session, session.FindKey(Cko.PrivateKey, input.label), input.request),
            SigningInput.Mechanism(request));
    }

    /// <summary>Waits for the operations under way, refuses those that wait, and logs out.</summary>
    public void Dispose() => _token.Dispose();

    internal static string CheckLabel(string label)
    {
        ArgumentException.ThrowIfNullOrEmpty(label);
        return Encoding.UTF8.GetByteCount(label) <= MaxLabelBytes
            ? label
            : throw new ArgumentException($"A label has {MaxLabelBytes} bytes at most.", nameof(label));
    }

    internal static int CheckBits(int bits) => bits is 2048 or 3072 or 4096
        ? bits
        : throw new ArgumentOutOfRangeException(nameof(bits), bits, "RSA keys have 2048, 3072 or 4096 bits.");

    private void GenerateSecret(string label, uint mechanism, AttributeTemplate template)
    {
        lock (_generating)
        {
            _token.Run((label, mechanism, template), static (session, input) =>
            {
                RefuseTaken(session, input.label);
                return session.GenerateKey(input.mechanism, input.template);
            });
        }
    }

    private void GenerateOnToken(string label, uint mechanism, AttributeTemplate publicKey, AttributeTemplate privateKey)
    {
        lock (_generating)
        {
            _token.Run((label, mechanism, publicKey, privateKey), static (session, input) =>
            {
                RefuseTaken(session, input.label);
                return session.GenerateKeyPair(input.mechanism, input.publicKey, input.privateKey);
            });
        }
    }

    private static void RefuseTaken(Session session, string label)
    {
        if (session.Holds(label))
        {
            throw new InvalidOperationException($"The token already holds a key '{label}'.");
        }
    }

    private WrappedKeyPair GenerateWrapped(
        string keyEncryptionKey,
        uint mechanism,
        AttributeTemplate publicTemplate,
        AttributeTemplate privateTemplate,
        Func<Session, CULong, AsymmetricAlgorithm> readPublicKey) => _token.Run(
        (Label: CheckLabel(keyEncryptionKey), Mechanism: mechanism, PublicTemplate: publicTemplate,
            PrivateTemplate: privateTemplate, Read: readPublicKey, WrapMechanism: _profile.WrapMechanism),
        static (session, input) =>
        {
            CULong wrappingKey = session.FindKey(Cko.SecretKey, input.Label);
            (CULong publicKey, CULong privateKey) = session.GenerateKeyPair(input.Mechanism, input.PublicTemplate, input.PrivateTemplate);
            try
            {
                using AsymmetricAlgorithm key = input.Read(session, publicKey);
                return new WrappedKeyPair(session.Wrap(input.WrapMechanism, wrappingKey, privateKey), key.ExportSubjectPublicKeyInfo());
            }
            finally
            {
                session.Destroy(privateKey);
                session.Destroy(publicKey);
            }
        });

    private readonly ref struct HmacInput(string label, ReadOnlySpan<byte> data)
    {
        public string Label { get; } = label;

        public ReadOnlySpan<byte> Data { get; } = data;
    }
}
