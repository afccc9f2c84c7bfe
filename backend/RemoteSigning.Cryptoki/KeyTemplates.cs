using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki;

/// <summary>What each kind of key is allowed to do. Everything not needed is denied by name: defaults differ between HSMs.</summary>
internal static class KeyTemplates
{
    private static readonly byte[] PublicExponent = [0x01, 0x00, 0x01];

    /// <summary>Made anew for one signing act; leaves the HSM in no form, not even wrapped.</summary>
    public static AttributeTemplate UnwrappedRsa { get; } = Unwrapped(Ckk.Rsa);

    /// <inheritdoc cref="UnwrappedRsa"/>
    public static AttributeTemplate UnwrappedEc { get; } = Unwrapped(Ckk.Ec);

    public static AttributeTemplate KeyEncryptionKey(string label) => SecretKey(Ckk.Aes, label)
        .Add(Cka.Wrap, true).Add(Cka.Unwrap, true).Add(Cka.Sign, false);

    public static AttributeTemplate HmacKey(string label) => SecretKey(Ckk.GenericSecret, label)
        .Add(Cka.Wrap, false).Add(Cka.Unwrap, false).Add(Cka.Sign, true);

    public static AttributeTemplate RsaPublic(string? label, int bits) => PublicKey(Ckk.Rsa, label)
        .Add(Cka.ModulusBits, (uint)bits).Add(Cka.PublicExponent, PublicExponent);

    public static AttributeTemplate EcPublic(string? label, ReadOnlySpan<byte> parameters) => PublicKey(Ckk.Ec, label)
        .Add(Cka.EcParameters, parameters);

    /// <summary>With a label: on the token for good, never extractable. Without: a session object that can be wrapped.</summary>
    public static AttributeTemplate PrivateKey(uint keyType, string? label)
    {
        AttributeTemplate template = SignOnly(keyType).Add(Cka.Token, label is not null).Add(Cka.Extractable, label is null);
        return label is null ? template : template.Add(Cka.Label, label);
    }

    private static AttributeTemplate Unwrapped(uint keyType) =>
        SignOnly(keyType).Add(Cka.Token, false).Add(Cka.Extractable, false);

    private static AttributeTemplate SignOnly(uint keyType)
    {
        AttributeTemplate template = new AttributeTemplate()
            .Add(Cka.Class, Cko.PrivateKey).Add(Cka.KeyType, keyType)
            .Add(Cka.Private, true).Add(Cka.Sensitive, true).Add(Cka.Sign, true)
            .Add(Cka.Decrypt, false).Add(Cka.Unwrap, false).Add(Cka.SignRecover, false).Add(Cka.Derive, false);
        return template;
    }

    private static AttributeTemplate SecretKey(uint keyType, string label) => new AttributeTemplate()
        .Add(Cka.Class, Cko.SecretKey).Add(Cka.KeyType, keyType).Add(Cka.ValueLength, 32)
        .Add(Cka.Token, true).Add(Cka.Private, true).Add(Cka.Sensitive, true).Add(Cka.Extractable, false)
        .Add(Cka.Encrypt, false).Add(Cka.Decrypt, false).Add(Cka.Verify, false).Add(Cka.Derive, false)
        .Add(Cka.Label, label);

    private static AttributeTemplate PublicKey(uint keyType, string? label)
    {
        AttributeTemplate template = new AttributeTemplate()
            .Add(Cka.Class, Cko.PublicKey).Add(Cka.KeyType, keyType)
            .Add(Cka.Token, label is not null).Add(Cka.Private, false).Add(Cka.Verify, true)
            .Add(Cka.Encrypt, false).Add(Cka.Wrap, false);
        return label is null ? template : template.Add(Cka.Label, label);
    }
}
