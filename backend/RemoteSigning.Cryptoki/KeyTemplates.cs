using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki;

/// <summary>What each kind of key is allowed to do. Everything not needed is denied by name: defaults differ between HSMs.</summary>
internal sealed class KeyTemplates
{
    private static readonly byte[] PublicExponent = [0x01, 0x00, 0x01];

    private readonly HsmProfile _profile;

    public KeyTemplates(HsmProfile profile)
    {
        _profile = profile;
        UnwrappedRsa = Unwrapped(Ckk.Rsa, extractable: false);
        UnwrappedEc = Unwrapped(Ckk.Ec, extractable: false);
    }

    /// <summary>Made anew for one signing act; leaves the HSM in no form, not even wrapped.</summary>
    public AttributeTemplate UnwrappedRsa { get; }

    /// <inheritdoc cref="UnwrappedRsa"/>
    public AttributeTemplate UnwrappedEc { get; }

    /// <summary>
    /// Wraps and unwraps, nothing else. Where the HSM has unwrap templates, whatever this key unwraps is a session object that
    /// is sensitive and only signs, whoever asks. It is not denied to be wrapped again: new generations of this key need that.
    /// </summary>
    /// <param name="isUnwrapped">The key comes out of another one's wrapping and brings its length itself.</param>
    public AttributeTemplate KeyEncryptionKey(string label, bool isUnwrapped = false)
    {
        AttributeTemplate template = SecretKey(Ckk.Aes, label, isUnwrapped).Add(Cka.Wrap, true).Add(Cka.Unwrap, true).Add(Cka.Sign, false);
        return _profile.HasUnwrapTemplate ? template.Add(Cka.UnwrapTemplate, Held(new AttributeTemplate())) : template;
    }

    public AttributeTemplate HmacKey(string label, bool isUnwrapped = false) => SecretKey(_profile.HmacKeyType, label, isUnwrapped)
        .Add(Cka.Wrap, false).Add(Cka.Unwrap, false).Add(Cka.Sign, true);

    /// <summary>Made to be wrapped by another key-encryption key at once.</summary>
    public AttributeTemplate UnwrappedToBeWrapped(bool isRsa) => Unwrapped(isRsa ? Ckk.Rsa : Ckk.Ec, extractable: true);

    public static AttributeTemplate RsaPublic(string? label, int bits) => PublicKey(Ckk.Rsa, label)
        .Add(Cka.ModulusBits, (uint)bits).Add(Cka.PublicExponent, PublicExponent);

    public static AttributeTemplate EcPublic(string? label, ReadOnlySpan<byte> parameters) => PublicKey(Ckk.Ec, label)
        .Add(Cka.EcParameters, parameters);

    /// <summary>With a label: on the token for good, never extractable. Without: a session object that can be wrapped.</summary>
    public AttributeTemplate PrivateKey(uint keyType, string? label)
    {
        AttributeTemplate template = SignOnly(keyType).Add(Cka.Token, label is not null).Add(Cka.Extractable, label is null);
        return label is null ? template : template.Add(Cka.Label, label);
    }

    private AttributeTemplate Unwrapped(uint keyType, bool extractable) =>
        SignOnly(keyType).Add(Cka.Token, false).Add(Cka.Extractable, extractable);

    private AttributeTemplate SignOnly(uint keyType)
    {
        AttributeTemplate template = Restricted(new AttributeTemplate().Add(Cka.Class, Cko.PrivateKey).Add(Cka.KeyType, keyType));
        return _profile.HasSignRecover ? template.Add(Cka.SignRecover, false) : template;
    }

    private static AttributeTemplate Held(AttributeTemplate template) => Restricted(template).Add(Cka.Token, false);

    private static AttributeTemplate Restricted(AttributeTemplate template) => template
        .Add(Cka.Private, true).Add(Cka.Sensitive, true).Add(Cka.Sign, true)
        .Add(Cka.Decrypt, false).Add(Cka.Unwrap, false).Add(Cka.Derive, false);

    private static AttributeTemplate SecretKey(uint keyType, string label, bool isUnwrapped)
    {
        AttributeTemplate template = new AttributeTemplate()
            .Add(Cka.Class, Cko.SecretKey).Add(Cka.KeyType, keyType)
            .Add(Cka.Token, true).Add(Cka.Private, true).Add(Cka.Sensitive, true).Add(Cka.Extractable, false)
            .Add(Cka.Encrypt, false).Add(Cka.Decrypt, false).Add(Cka.Verify, false).Add(Cka.Derive, false)
            .Add(Cka.Label, label);
        return isUnwrapped ? template : template.Add(Cka.ValueLength, 32);
    }

    private static AttributeTemplate PublicKey(uint keyType, string? label)
    {
        AttributeTemplate template = new AttributeTemplate()
            .Add(Cka.Class, Cko.PublicKey).Add(Cka.KeyType, keyType)
            .Add(Cka.Token, label is not null).Add(Cka.Private, false).Add(Cka.Verify, true)
            .Add(Cka.Encrypt, false).Add(Cka.Wrap, false);
        return label is null ? template : template.Add(Cka.Label, label);
    }
}
