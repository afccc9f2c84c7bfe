import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AuthProvider;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.PasswordCallback;

/**
 * A living program with one C_Initialize: signs through SunPKCS11, or connects through JSSE, whenever a line on standard
 * input tells it to.
 *
 * usage: java SignOnRequest.java CONFIG PIN      PIN is "-" for the agent's own prompt, or for no login
 * lines: login | open | sign LABEL ALGORITHM INPUT OUTPUT | connect LABEL TLSv1.2|TLSv1.3 PORT TRUSTED
 * Each is answered by one line: done, or refused and why.
 */
public final class SignOnRequest {
    private final AuthProvider card;
    private final char[] pin;
    private final Map<String, PrivateKey> keys = new HashMap<>();
    private KeyStore store;

    private SignOnRequest(String configuration, String pin) {
        card = (AuthProvider) Security.getProvider("SunPKCS11").configure(configuration);
        Security.addProvider(card);
        this.pin = pin.equals("-") ? null : pin.toCharArray();
    }

    public static void main(String[] args) throws Exception {
        SignOnRequest program = new SignOnRequest(args[0], args[1]);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            try {
                program.answer(line.split("\t"));
                System.out.println("done");
            } catch (GeneralSecurityException | ProviderException | IOException refusal) {
                System.out.println("refused " + causes(refusal));
            }
        }
    }

    private void answer(String[] words) throws GeneralSecurityException, IOException {
        switch (words[0]) {
            case "login" -> card.login(null, this::handPinOver);
            case "open" -> open();
            case "sign" -> sign(words[1], words[2], Path.of(words[3]), Path.of(words[4]));
            case "connect" -> connect(words[1], words[2], Integer.parseInt(words[3]), Path.of(words[4]));
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    private void open() throws GeneralSecurityException, IOException {
        store = KeyStore.getInstance("PKCS11", card);
        store.load(null, pin);
    }

    /** Got once: a living program keeps its keys. */
    private PrivateKey key(String label) throws GeneralSecurityException {
        if (!keys.containsKey(label)) {
            keys.put(label, (PrivateKey) store.getKey(label, null));
        }
        return keys.get(label);
    }

    private void handPinOver(Callback[] callbacks) {
        for (Callback callback : callbacks) {
            ((PasswordCallback) callback).setPassword(pin);
        }
    }

    private void sign(String label, String algorithm, Path input, Path output) throws GeneralSecurityException, IOException {
        Signature signer = Signature.getInstance(algorithm, card);
        if (algorithm.equals("RSASSA-PSS")) {
            signer.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        }
        signer.initSign(key(label));
        byte[] text = Files.readAllBytes(input);
        for (int start = 0; start < text.length; start += 65536) {
            signer.update(text, start, Math.min(65536, text.length - start));
        }
        Files.write(output, signer.sign());
    }

    /** A context for each connection, so that none is resumed. */
    private void connect(String label, String version, int port, Path trusted) throws GeneralSecurityException, IOException {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        try (var pem = Files.newInputStream(trusted)) {
            trust.setCertificateEntry("server", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory trustManagers = TrustManagerFactory.getInstance("PKIX");
        trustManagers.init(trust);
        SSLContext context = SSLContext.getInstance(version);
        context.init(new KeyManager[] {new OneKey(label, store.getCertificateChain(label), key(label))}, trustManagers.getTrustManagers(), null);
        try (Socket plain = new Socket("127.0.0.1", port);
                SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", port, true)) {
            socket.setEnabledProtocols(new String[] {version});
            socket.startHandshake();
            OutputStream output = socket.getOutputStream();
            output.write(("hello over " + socket.getSession().getProtocol() + "\n").getBytes(StandardCharsets.US_ASCII));
            output.flush();
        }
    }

    private static String causes(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            text.append(cause).append("; ");
        }
        return text.toString().replaceAll("\\s+", " ");
    }

    /** Offers this one key, as the key managers of the JDK do with all that they find. */
    private static final class OneKey extends X509ExtendedKeyManager {
        private final String label;
        private final X509Certificate[] chain;
        private final PrivateKey key;

        private OneKey(String label, Certificate[] chain, PrivateKey key) {
            this.label = label;
            this.chain = Arrays.copyOf(chain, chain.length, X509Certificate[].class);
            this.key = key;
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return Arrays.asList(types).contains(chain[0].getPublicKey().getAlgorithm()) ? label : null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return chain;
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return key;
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] {label};
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return null;
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return null;
        }
    }
}
