using System.Formats.Asn1;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki;

/// <summary>
/// Keys that several tokens hold: each is made as an extractable session object, wrapped under a transport key, destroyed,
/// and then unwrapped into each token as a key that is never extractable there. The transport key comes from outside as
/// 32 bytes, so the token must take a plain AES key (C_CreateObject); one that does not has its own way of cloning.
/// </summary>
public sealed class KeyTransport(Hsm hsm)
{
    private const int KeyLength = 32;

    /// <summary>Makes an AES-256 key for <see cref="RestoreKeyEncryptionKey"/>; returns it wrapped.</summary>
    public byte[] GenerateKeyEncryptionKey(byte[] transportKey) =>
        GenerateSecret(transportKey, Ckm.AesKeyGeneration, () => Traveller(Ckk.Aes).Add(Cka.Wrap, true).Add(Cka.Unwrap, true));

    /// <summary>Makes a 256-bit key for <see cref="RestoreHmacKey"/>; returns it wrapped.</summary>
    public byte[] GenerateHmacKey(byte[] transportKey) =>
        GenerateSecret(transportKey, hsm.Profile.HmacKeyGeneration, () => Traveller(hsm.Profile.HmacKeyType).Add(Cka.Sign, true));

    /// <summary>Makes a key pair on P-256 for <see cref="RestoreEcdsa"/>; returns it wrapped.</summary>
    public WrappedKeyPair GenerateEcdsa(byte[] transportKey) => Run(transportKey, (session, wrappingKey, mechanism) =>
    {
        (CULong publicKey, CULong privateKey) = session.GenerateKeyPair(
            Ckm.EcKeyPairGeneration, KeyTemplates.EcPublic(null, P256), hsm.Templates.PrivateKey(Ckk.Ec, null));
        try
        {
            using ECDsa key = PublicKeyInfo.ReadEcdsa(session, publicKey);
            return new WrappedKeyPair(session.Wrap(mechanism, wrappingKey, privateKey), key.ExportSubjectPublicKeyInfo());
        }
        finally
        {
            session.Destroy(privateKey);
            session.Destroy(publicKey);
        }
    });

    /// <summary>Puts the wrapped key into the token: it wraps and unwraps, and leaves it no more.</summary>
    /// <exception cref="HsmException">It was not wrapped under this transport key.</exception>
    /// <exception cref="InvalidOperationException">The label is taken.</exception>
    public void RestoreKeyEncryptionKey(string label, byte[] transportKey, byte[] wrapped) => Restore(
        label, transportKey, wrapped, () => hsm.Templates.KeyEncryptionKey(label, isUnwrapped: true));

    /// <inheritdoc cref="RestoreKeyEncryptionKey"/>
    public void RestoreHmacKey(string label, byte[] transportKey, byte[] wrapped) => Restore(
        label, transportKey, wrapped, () => hsm.Templates.HmacKey(label, isUnwrapped: true));

    /// <summary>Puts the wrapped private key and its public half into the token.</summary>
    /// <inheritdoc cref="RestoreKeyEncryptionKey"/>
    public void RestoreEcdsa(string label, byte[] transportKey, WrappedKeyPair pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
        ECPoint point = key.ExportParameters(false).Q;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteOctetString([4, .. point.X!, .. point.Y!]); // An exported public key has both.
        byte[] encoded = writer.Encode();
        Restore(label, transportKey, pair.WrappedPrivateKey, () => hsm.Templates.PrivateKey(Ckk.Ec, label), session =>
            session.Create(KeyTemplates.EcPublic(label, P256).Add(Cka.EcPoint, encoded)));
    }

    private static byte[] P256 => PublicKeyInfo.CurveParameters(ECCurve.NamedCurves.nistP256);

    private byte[] GenerateSecret(byte[] transportKey, uint generation, Func<AttributeTemplate> template) =>
        Run(transportKey, (session, wrappingKey, mechanism) =>
        {
            CULong key = session.GenerateKey(generation, template().Add(Cka.ValueLength, KeyLength));
            try
            {
                return session.Wrap(mechanism, wrappingKey, key);
            }
            finally
            {
                session.Destroy(key);
            }
        });

    private void Restore(
        string label, byte[] transportKey, byte[] wrapped, Func<AttributeTemplate> template, Action<Session>? companion = null) =>
        Run(transportKey, (session, unwrappingKey, mechanism) =>
        {
            if (session.Holds(label))
            {
                throw new InvalidOperationException($"The token already holds a key '{label}'.");
            }

            session.Unwrap(mechanism, unwrappingKey, wrapped, template());
            companion?.Invoke(session);
            return true;
        });

    private T Run<T>(byte[] transportKey, Func<Session, CULong, uint, T> use)
    {
        ArgumentNullException.ThrowIfNull(transportKey);
        ArgumentOutOfRangeException.ThrowIfNotEqual(transportKey.Length, KeyLength);
        return hsm.Token.Run((transportKey, use, hsm.Profile.WrapMechanism), static (session, input) =>
        {
            AttributeTemplate template = SessionKey(Ckk.Aes).Add(Cka.Extractable, false)
                .Add(Cka.Wrap, true).Add(Cka.Unwrap, true).Add(Cka.Value, input.transportKey);
            CULong key;
            try
            {
                key = session.Create(template);
            }
            finally
            {
                template.Wipe();
            }

            try
            {
                return input.use(session, key, input.WrapMechanism);
            }
            finally
            {
                session.Destroy(key);
            }
        });
    }

    private static AttributeTemplate SessionKey(uint keyType) => new AttributeTemplate()
        .Add(Cka.Class, Cko.SecretKey).Add(Cka.KeyType, keyType)
        .Add(Cka.Token, false).Add(Cka.Private, true).Add(Cka.Sensitive, true);

    private static AttributeTemplate Traveller(uint keyType) => SessionKey(keyType).Add(Cka.Extractable, true);
}
