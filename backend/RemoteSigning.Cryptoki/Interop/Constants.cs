namespace RemoteSigning.Cryptoki.Interop;

/// <summary>Return values (PKCS#11 v2.40, CK_RV) that are told apart here.</summary>
internal static class Ckr
{
    public const uint Ok = 0x0;
    public const uint SlotIdInvalid = 0x3;
    public const uint GeneralError = 0x5;
    public const uint FunctionFailed = 0x6;
    public const uint DeviceError = 0x30;
    public const uint DeviceRemoved = 0x32;
    public const uint KeyHandleInvalid = 0x60;
    public const uint ObjectHandleInvalid = 0x82;
    public const uint OperationActive = 0x90;
    public const uint PinIncorrect = 0xA0;
    public const uint PinInvalid = 0xA1;
    public const uint PinLocked = 0xA4;
    public const uint SessionClosed = 0xB0;
    public const uint SessionHandleInvalid = 0xB3;
    public const uint TokenNotPresent = 0xE0;
    public const uint TokenNotRecognized = 0xE1;
    public const uint UnwrappingKeyHandleInvalid = 0xF0;
    public const uint UserAlreadyLoggedIn = 0x100;
    public const uint UserNotLoggedIn = 0x101;
    public const uint WrappingKeyHandleInvalid = 0x113;
    public const uint BufferTooSmall = 0x150;
    public const uint CryptokiNotInitialized = 0x190;
    public const uint CryptokiAlreadyInitialized = 0x191;
}

/// <summary>Object classes, CK_OBJECT_CLASS.</summary>
internal static class Cko
{
    public const uint PublicKey = 2;
    public const uint PrivateKey = 3;
    public const uint SecretKey = 4;
}

/// <summary>Key types, CK_KEY_TYPE.</summary>
internal static class Ckk
{
    public const uint Rsa = 0x00;
    public const uint Ec = 0x03;
    public const uint GenericSecret = 0x10;
    public const uint Aes = 0x1F;
}

/// <summary>Attributes, CK_ATTRIBUTE_TYPE.</summary>
internal static class Cka
{
    public const uint Class = 0x0;
    public const uint Token = 0x1;
    public const uint Private = 0x2;
    public const uint Label = 0x3;
    public const uint Value = 0x11;
    public const uint KeyType = 0x100;
    public const uint Sensitive = 0x103;
    public const uint Encrypt = 0x104;
    public const uint Decrypt = 0x105;
    public const uint Wrap = 0x106;
    public const uint Unwrap = 0x107;
    public const uint Sign = 0x108;
    public const uint SignRecover = 0x109;
    public const uint Verify = 0x10A;
    public const uint Derive = 0x10C;
    public const uint Modulus = 0x120;
    public const uint ModulusBits = 0x121;
    public const uint PublicExponent = 0x122;
    public const uint ValueLength = 0x161;
    public const uint Extractable = 0x162;
    public const uint NeverExtractable = 0x164;
    public const uint AlwaysSensitive = 0x165;
    public const uint EcParameters = 0x180;
    public const uint EcPoint = 0x181;
    public const uint UnwrapTemplate = 0x40000212;
}

/// <summary>Mechanisms, CK_MECHANISM_TYPE.</summary>
internal static class Ckm
{
    public const uint RsaKeyPairGeneration = 0x0;
    public const uint RsaPkcs = 0x1;
    public const uint RsaPss = 0xD;
    public const uint Sha1 = 0x220;
    public const uint Sha256 = 0x250;
    public const uint Sha256Hmac = 0x251;
    public const uint Sha384 = 0x260;
    public const uint Sha512 = 0x270;
    public const uint EcKeyPairGeneration = 0x1040;
    public const uint Ecdsa = 0x1041;
    public const uint AesKeyGeneration = 0x1080;
}

/// <summary>Flags of sessions and of the module.</summary>
internal static class Ckf
{
    public const uint RwSession = 0x2;
    public const uint SerialSession = 0x4;
    public const uint OsLockingOk = 0x2;
}

/// <summary>Session states, CK_STATE.</summary>
internal static class Cks
{
    public const uint ReadOnlyUser = 1;
    public const uint ReadWriteUser = 3;
}
